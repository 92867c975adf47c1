/**
 * What goes wrong during a soak, at random instants from one seed: encoders drop, freeze and come back
 * with other settings; media, an ffmpeg and Nginx are killed. In the middle third media and Nginx are
 * left alone, so that there is a long life of each to look at while encoders go on dropping.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Obs } from '../../test/kit/obs.ts';
import type { processTree } from '../../test/kit/process-tree.ts';
import { type Random, seeded } from '../../test/kit/random.ts';

/** Mean time between accidents of one kind, milliseconds; for encoders of each stream. */
const MEAN_MS = { encoder: 75_000, ffmpeg: 90_000, media: 180_000, nginx: 180_000 } as const;
/** A soak shorter than this has its accidents closer together, up to five times, milliseconds. */
const FULL_RATE_MS = 900_000;
const CLOSEST = 0.2;
/** A process gets at least this time between two kills, as PM2 waits longer and longer otherwise, milliseconds. */
const LEAST_BETWEEN_MS = 35_000;
const LEAST_OUTAGE_MS = 1_000;
const LONGEST_OUTAGE_MS = 30_000;
/** Share of an encoder's accidents in which the connection stays open and nothing comes. */
const FREEZE_SHARE = 0.25;

type Accident = keyof typeof MEAN_MS | 'freeze';
export type Accidents = { readonly counts: Readonly<Record<Accident, number>>; stop(): Promise<void> };

type Setting = {
  readonly seed: number;
  readonly soakMs: number;
  readonly encoders: readonly Obs[];
  readonly clips: readonly string[];
  readonly tree: ReturnType<typeof processTree>;
};

export function startAccidents({ seed, soakMs, encoders, clips, tree }: Setting): Accidents {
  const counts = { encoder: 0, freeze: 0, ffmpeg: 0, media: 0, nginx: 0 };
  const from = Date.now();
  const closeness = Math.min(1, Math.max(CLOSEST, soakMs / FULL_RATE_MS));
  const stopped = new AbortController();
  const pause = (ms: number) => wait(ms, undefined, { signal: stopped.signal });
  const isMiddle = () => {
    const share = (Date.now() - from) / soakMs;
    return share > 1 / 3 && share < 2 / 3;
  };

  async function dropEncoder(encoder: Obs, random: Random): Promise<void> {
    const outageMs = random.between(LEAST_OUTAGE_MS, LONGEST_OUTAGE_MS);
    if (random.next() < FREEZE_SHARE) {
      counts.freeze += 1;
      encoder.freeze();
      await pause(outageMs).finally(encoder.thaw);
      return;
    }
    counts.encoder += 1;
    await encoder.drop();
    await pause(outageMs);
    await encoder.start(random.pick(clips));
  }

  function killService(service: 'media' | 'nginx'): void {
    if (isMiddle()) return;
    process.kill(tree.main(service).pid, 'SIGKILL');
    counts[service] += 1;
  }

  function killEncoder(random: Random): void {
    const running = tree.encoders();
    if (running.length === 0) return;
    process.kill(random.pick(running).pid, 'SIGKILL');
    counts.ffmpeg += 1;
  }

  async function repeat(kind: keyof typeof MEAN_MS, salt: number, act: (random: Random) => unknown): Promise<void> {
    const random = seeded(seed + salt);
    const leastMs = kind === 'encoder' ? 0 : LEAST_BETWEEN_MS;
    while (!stopped.signal.aborted) {
      await pause(leastMs + random.waitMs(Math.max(0, MEAN_MS[kind] * closeness - leastMs)));
      // The process may be between two lives.
      await Promise.resolve(random)
        .then(act)
        .catch(() => undefined);
    }
  }

  const all = [
    ...encoders.map((encoder, n) => repeat('encoder', 1 + n, (random) => dropEncoder(encoder, random))),
    repeat('media', 101, () => killService('media')),
    repeat('nginx', 102, () => killService('nginx')),
    repeat('ffmpeg', 103, killEncoder),
  ].map((one) => one.catch(() => undefined));
  return {
    counts,
    async stop() {
      stopped.abort();
      await Promise.all(all);
    },
  };
}
