/** Where on a show's timeline things belong: the one place that knows both the wall clock and the show's zero. */
import type { Boundary } from '../packager/samples.ts';
import type { Timeline } from './timeline.ts';

/** Arrival jitters: so far from it a date stays as the durations say, milliseconds. */
const MAX_DATE_ERROR_MS = 100;
/**
 * Beyond that, dates go towards the arrival by this share of what the segments last. Within a run a player takes
 * dates and durations for the same thing: an encoder that stood still and sends its backlog must not move them back
 * and forth, and one whose clock is wrong for good is followed all the same.
 */
const DATE_SLEW = 0.025;

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
  /** What a date is later than its place on the timeline says. */
  let dateSkewMs = 0;
  let lastStartMs = 0;

  /** The first date of a run is the arrival, but no date goes back behind what has been dated. */
  function setDates(startMs: number, errorMs: number): void {
    dateSkewMs += Math.max(errorMs, lastEndMs - startMs);
  }

  function slewDates(startMs: number, errorMs: number): void {
    const mostMs = Math.floor((startMs - lastStartMs) * DATE_SLEW);
    if (Math.abs(errorMs) > MAX_DATE_ERROR_MS) dateSkewMs += Math.max(-mostMs, Math.min(mostMs, errorMs));
  }

  return {
    anchorMs: () => Math.max(lastEndMs, Date.now() - timeline.epochMs),
    boundary(first, startMs, ptsMs) {
      const plannedMs = timeline.epochMs + startMs;
      const errorMs = Date.now() - plannedMs - dateSkewMs;
      if (first) discontinuity = timeline.takeDiscontinuity();
      if (first) setDates(startMs, errorMs);
      else slewDates(startMs, errorMs);
      lastStartMs = startMs;
      const breaks = first && discontinuity > 0;
      const dateMs = plannedMs + dateSkewMs;
      return { msn: timeline.takeSegment(), discontinuity, breaks, startMs, ptsMs, dateMs };
    },
    runEnded(endMs) {
      lastEndMs = Math.max(lastEndMs, endMs);
    },
  };
}
