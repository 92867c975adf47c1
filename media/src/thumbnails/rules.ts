/** When a picture of a show is taken, how long it may be seen, and what it is called. */
import type { WantedShow } from '#contract/media-port.ts';

/** The rendition folder of pictures. */
export const THUMBNAIL_FOLDER = 'thumb';
/** Pictures that stay on disk: the newest, and those whose addresses are still out. */
const KEPT_PICTURES = 3;
/** An address holds for this many periods, and a little: the next two pictures may be late. */
const ADDRESS_PERIODS = 3;
const ADDRESS_GRACE_S = 60;

/** A preview, a test and an intermission are nobody's to see, so there is no picture of them that could leak. */
export const mayTake = (wanted: Pick<WantedShow, 'wanted' | 'audience' | 'paused'>): boolean =>
  wanted.wanted === 'run' && wanted.audience === 'everyone' && !wanted.paused;

/**
 * True where a picture is due. All shows' are due at the same beats of the clock, so that one process can draw
 * several; a show's first is due at once. `takenMs`: when its last was asked for; null: never.
 */
export const isDue = (takenMs: number | null, nowMs: number, periodMs: number): boolean =>
  takenMs === null || Math.floor(nowMs / periodMs) > Math.floor(takenMs / periodMs);

/** Until when an address made now holds, Unix seconds. */
export const expiryOf = (nowMs: number, periodSeconds: number): number =>
  Math.floor(nowMs / 1000) + ADDRESS_PERIODS * periodSeconds + ADDRESS_GRACE_S;

/** True where an address that outlives its picture's turn has to be made again: nothing newer comes for now. */
export const needsRenewal = (expiresSeconds: number, nowMs: number, periodSeconds: number): boolean =>
  expiresSeconds - nowMs / 1000 < periodSeconds + ADDRESS_GRACE_S;

const NAME = /^thumb-(\d{1,16})\.jpg$/;
export const nameOf = (number: number): string => `thumb-${number}.jpg`;

/** What is to be removed of a folder: all but the newest pictures. */
export function outdated(names: readonly string[]): string[] {
  const numberOf = (name: string) => Number(NAME.exec(name)?.[1] ?? -1);
  return names.toSorted((one, other) => numberOf(other) - numberOf(one)).slice(KEPT_PICTURES);
}
