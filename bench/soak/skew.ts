/**
 * By how much sound and picture have come apart on their way: the shift of a segment's sounds against
 * the source, minus the shift of its pictures. In the source rendition both are found by their bytes.
 * In a transcoded one the sound is, and its pictures are compared with the source's of the same segment.
 */
import { median } from '../lib/stats.ts';
import type { Clips } from './clips.ts';
import type { Sample } from './mp4.ts';

/** Sounds and pictures further apart than this come from two rounds of the clip's loop, milliseconds. */
const ONE_ROUND_MS = 5_000;
/** A segment with fewer samples found says nothing. */
const LEAST_FOUND = 5;
/** Segments remembered for the comparison of renditions. */
const REMEMBERED = 64;

type Shift = { readonly shiftMs: number; readonly middleMs: number };

function shiftOf(samples: readonly Sample[], kind: Sample['kind'], clips: Clips): Shift | null {
  const found = samples.flatMap((sample) => {
    if (sample.kind !== kind) return [];
    const origin = clips.origin(sample.data);
    return origin?.kind === kind ? [{ ms: origin.ms, shiftMs: sample.ptsMs - origin.ms }] : [];
  });
  if (found.length < LEAST_FOUND) return null;
  const places = found.map(({ ms }) => ms);
  // The segment in which the loop begins again.
  if (Math.max(...places) - Math.min(...places) > ONE_ROUND_MS * 2) return null;
  return { shiftMs: median(found.map(({ shiftMs }) => shiftMs)), middleMs: median(places) };
}

const firstPicture = (samples: readonly Sample[]): number | null =>
  samples.find((sample) => sample.kind === 'video')?.ptsMs ?? null;

export function skewMeter(clips: Clips) {
  const skews: number[] = [];
  /** Of the source rendition, by show and segment number. */
  const sources = new Map<string, { skewMs: number; soundMs: number; pictureMs: number }>();
  let unknown = 0;

  function source(segment: string, samples: readonly Sample[]): void {
    const sound = shiftOf(samples, 'audio', clips);
    const picture = shiftOf(samples, 'video', clips);
    const pictureMs = firstPicture(samples);
    if (!sound || !picture || pictureMs === null || Math.abs(sound.middleMs - picture.middleMs) > ONE_ROUND_MS) {
      unknown += 1;
      return;
    }
    const skewMs = sound.shiftMs - picture.shiftMs;
    skews.push(skewMs);
    sources.set(segment, { skewMs, soundMs: sound.shiftMs, pictureMs });
    const [oldest] = sources.keys();
    if (sources.size > REMEMBERED && oldest !== undefined) sources.delete(oldest);
  }

  function transcoded(segment: string, samples: readonly Sample[]): void {
    const same = sources.get(segment);
    const sound = shiftOf(samples, 'audio', clips);
    const pictureMs = firstPicture(samples);
    if (!same || !sound || pictureMs === null) {
      unknown += 1;
      return;
    }
    skews.push(same.skewMs + (sound.shiftMs - same.soundMs) - (pictureMs - same.pictureMs));
  }

  return { source, transcoded, skews: skews as readonly number[], unknown: () => unknown };
}
export type SkewMeter = ReturnType<typeof skewMeter>;
