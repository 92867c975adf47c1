import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Show } from '../shows/show.ts';

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
  const syncFailures = new Counter({
    name: 'stagedoor_media_sync_failures_total',
    help: 'Reports that no api process took',
    registers,
  });
  return { text: () => registry.metrics(), syncFailed: () => syncFailures.inc() };
}
