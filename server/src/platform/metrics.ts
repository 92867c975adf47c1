import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof makeMetrics>;

/** This process's metrics; Prometheus reads them at `/metrics` of its loopback port. */
export function makeMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'stagedoor_http_request_seconds',
      help: 'Time to answer, by route and status.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    wrongCodes: new Counter({
      name: 'stagedoor_wrong_codes_total',
      help: 'Access codes that did not open anything, by error.',
      labelNames: ['error'] as const,
      registers,
    }),
    guessingAlarms: new Counter({
      name: 'stagedoor_guessing_alarms_total',
      help: 'Times that wrong codes on the whole server went over the alarm level.',
      registers,
    }),
    sockets: new Gauge({ name: 'stagedoor_sockets', help: 'Open sockets.', registers }),
    syncs: new Counter({ name: 'stagedoor_media_syncs_total', help: 'Reports taken in from media.', registers }),
  };
}
