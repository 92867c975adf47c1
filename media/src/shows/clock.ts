/** Where on a show's timeline things belong: the one place that knows both the wall clock and the show's zero. */
import type { Boundary } from '../packager/samples.ts';
import type { Timeline } from './timeline.ts';

/** The arrival clock and the encoder's may part this far before dates are set anew, milliseconds. */
const MAX_DATE_SKEW_MS = 500;

export type ShowClock = {
  /** Where something that arrives now belongs; never before the end of the last run. */
  anchorMs(): number;
  /** `first`: the first segment of a run, hence the first after a discontinuity unless the show begins with it. */
  boundary(first: boolean, startMs: number, ptsMs: number): Boundary;
  runEnded(endMs: number): void;
};

export function createShowClock(timeline: Timeline): ShowClock {
  let lastEndMs = 0;
  let discontinuity = 0;
  let dateSkewMs = 0;
  return {
    anchorMs: () => Math.max(lastEndMs, Date.now() - timeline.epochMs),
    boundary(first, startMs, ptsMs) {
      const nowMs = Date.now();
      const plannedMs = timeline.epochMs + startMs;
      if (first) discontinuity = timeline.takeDiscontinuity();
      if (first || Math.abs(plannedMs + dateSkewMs - nowMs) > MAX_DATE_SKEW_MS) dateSkewMs = nowMs - plannedMs;
      const breaks = first && discontinuity > 0;
      const dateMs = plannedMs + dateSkewMs;
      return { msn: timeline.takeSegment(), discontinuity, breaks, startMs, ptsMs, dateMs };
    },
    runEnded(endMs) {
      lastEndMs = Math.max(lastEndMs, endMs);
    },
  };
}
