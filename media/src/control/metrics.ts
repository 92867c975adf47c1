import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { RefusalReason } from '#contract/media-port.ts';
import type { Show } from '../shows/show.ts';
import { registerShowMetrics } from './show-metrics.ts';

/** Prometheus metrics of this process; the figures of shows are read when somebody asks. */
export function createMetrics(shows: () => ReadonlyMap<string, Show>) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const all = () => [...shows().values()];
  const renditions = () => all().flatMap((show) => show.renditions);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge(
    'stagedoor_media_streams',
    'Publishers that send media now',
    () => all().filter((show) => show.state === 'playing').length,
  );
  gauge('stagedoor_media_viewers', 'Viewers on all shows', () =>
    sum(all().map((show) => show.sessions.viewers(Date.now()))),
  );
  gauge('stagedoor_media_parts', 'Parts written for the shows that are here now', () =>
    sum(renditions().map((one) => one.partsWritten)),
  );
  gauge('stagedoor_media_part_bytes', 'Bytes in those parts', () => sum(renditions().map((one) => one.bytesWritten)));
  gauge('stagedoor_media_parts_waiting', 'Parts that the disk has not taken yet', () =>
    sum(renditions().map((one) => one.partsWaiting)),
  );
  const forms = () => all().map((show) => show.sessions.byForm(Date.now()));
  gauge('stagedoor_media_viewers_low_latency', 'Sessions that get parts', () =>
    sum(forms().map(({ lowLatency }) => lowLatency)),
  );
  gauge('stagedoor_media_viewers_plain', 'Sessions that get whole segments only', () =>
    sum(forms().map(({ plain }) => plain)),
  );
  gauge(
    'stagedoor_media_streams_advised',
    'Publishers that send media now and whose creator is advised to change something',
    () => all().filter((show) => show.state === 'playing' && show.doctor.light !== 'green').length,
  );
  const readShows = registerShowMetrics(registry, () => shows().values());
  const takeovers = new Counter({
    name: 'stagedoor_media_takeovers_total',
    help: 'Publishers cut because a newer one had their key',
    registers,
  });
  const refusals = new Counter({
    name: 'stagedoor_media_refusals_total',
    help: 'Publishers turned away',
    labelNames: ['reason'],
    registers,
  });
  const syncFailures = new Counter({
    name: 'stagedoor_media_sync_failures_total',
    help: 'Reports that no api process took',
    registers,
  });
  return {
    text() {
      readShows();
      return registry.metrics();
    },
    syncFailed: () => syncFailures.inc(),
    tookOver: () => takeovers.inc(),
    refused: (reason: RefusalReason) => refusals.inc({ reason }),
  };
}
