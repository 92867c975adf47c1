/** The last ten minutes of a stream, by the second: kept, cut into series, and put into words. Pure. */
import type { HealthReport, HealthSample, StreamHealth } from '#contract/health.ts';

export const HISTORY_SECONDS = 600;
/** Two samples further apart than this, milliseconds, are not joined by a line: nothing is known between them. */
const HOLE_MS = 3500;
/** Media's clock may be set back by less than this, milliseconds, before what was kept counts as wrong. */
const CLOCK_STEP_MS = 5000;

/** Adds what a report brought to what is known, and drops what is too old. */
export function mergeHistory(known: readonly HealthSample[], report: HealthReport): HealthSample[] {
  const last = known.at(-1)?.atMs ?? 0;
  const kept = last > report.now.atMs + CLOCK_STEP_MS ? [] : known;
  const from = kept.at(-1)?.atMs ?? 0;
  const joined = [...kept, ...report.history.filter((sample) => sample.atMs > from)];
  return joined.filter((sample) => sample.atMs > report.now.atMs - HISTORY_SECONDS * 1000);
}

/** What to ask for next: later than this, Unix milliseconds. */
export const sinceOf = (history: readonly HealthSample[]) => history.at(-1)?.atMs ?? 0;

export type Series = 'kilobitsPerSecond' | 'fps' | 'behindMs';
/** Seconds before `nowMs` (so they are negative), and the values; null where nothing is known. */
export type Curve = { seconds: number[]; values: Array<number | null> };

/** One series, with a break in it wherever samples are missing. */
export function curveOf(history: readonly HealthSample[], series: Series, nowMs: number): Curve {
  const seconds: number[] = [];
  const values: Array<number | null> = [];
  let before = 0;
  for (const sample of history) {
    if (before > 0 && sample.atMs - before > HOLE_MS) {
      seconds.push((before + 1 - nowMs) / 1000);
      values.push(null);
    }
    seconds.push((sample.atMs - nowMs) / 1000);
    values.push(sample[series]);
    before = sample.atMs;
  }
  return { seconds, values };
}

export type Range = { now: number | null; least: number; most: number };

/** The newest, smallest and largest value; null where there is none at all. */
export function rangeOf(values: ReadonlyArray<number | null>): Range | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return { now: values.at(-1) ?? null, least: Math.min(...known), most: Math.max(...known) };
}

export type Minute = {
  /** Whole minutes before now: 0 is the running one. */
  ago: number;
  kilobitsPerSecond: number | null;
  fps: number | null;
  behindMs: number | null;
};

const mean = (values: number[]) => (values.length ? values.reduce((sum, one) => sum + one, 0) / values.length : null);

/** The history as a table, newest first: mean bitrate and frames, and the worst lateness of each minute. */
export function byMinute(history: readonly HealthSample[], nowMs: number): Minute[] {
  const minutes = new Map<number, HealthSample[]>();
  for (const sample of history) {
    const ago = Math.max(0, Math.floor((nowMs - sample.atMs) / 60_000));
    minutes.set(ago, [...(minutes.get(ago) ?? []), sample]);
  }
  return [...minutes]
    .sort(([a], [b]) => a - b)
    .map(([ago, samples]) => {
      const known = (series: Series) => samples.map((sample) => sample[series]).filter((value) => value !== null);
      const behind = known('behindMs');
      return {
        ago,
        kilobitsPerSecond: mean(known('kilobitsPerSecond')),
        fps: mean(known('fps')),
        behindMs: behind.length ? Math.max(...behind) : null,
      };
    });
}

/** When the encoder was last heard, Unix milliseconds, where it is not heard now. */
export function goneSince(now: StreamHealth | null, history: readonly HealthSample[]): number | null {
  if (now?.input) return null;
  return history.findLast((sample) => sample.kilobitsPerSecond !== null)?.atMs ?? null;
}
