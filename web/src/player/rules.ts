/** What the player does when something goes wrong, and when it counts as behind. Pure; times in milliseconds. */

/** No new frame for this long while one is due: the source is loaded again. */
export const FROZEN_MS = 6000;
/** Behind the target by more than this, the "Go live" button shows, seconds. */
export const BEHIND_SECONDS = 2.5;
/** After a background tab or sleep, jump to the live edge when further behind than this, seconds. */
export const JUMP_AFTER_SLEEP_SECONDS = 10;
/** A viewer who follows the live edge and has drifted this far behind the target jumps, seconds. */
const DRIFT_SECONDS = 3;
const DRIFT_JUMP_EVERY_MS = 15_000;

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 8000;
/** While the creator reconnects the picture may be back at any moment. */
const BACKOFF_MOST_WAITING_MS = 2000;

/** Wait before attempt `attempt` (from 0): doubles up to a limit, of which a random half is taken off. */
export function backoffMs(attempt: number, random: number, waitingForCreator = false): number {
  const most = waitingForCreator ? BACKOFF_MOST_WAITING_MS : BACKOFF_MOST_MS;
  const full = Math.min(most, BACKOFF_FIRST_MS * 2 ** Math.min(Math.max(0, attempt), 16));
  return full * (0.5 + random / 2);
}

export type Remedy = 'resume' | 'recover' | 'rebuild';

/**
 * The mildest remedy first: go on loading, then reset the decoder, then start afresh. A third
 * failure in a row means that neither helped.
 */
export function remedyFor(kind: 'network' | 'media' | 'frozen', attempt: number): Remedy {
  if (attempt >= 2) return 'rebuild';
  if (kind === 'media') return attempt === 0 ? 'recover' : 'rebuild';
  if (kind === 'frozen') return attempt === 0 ? 'resume' : 'rebuild';
  return 'resume';
}

export type Progress = {
  nowMs: number;
  lastFrameMs: number;
  pictureDue: boolean;
  /** Paused by the viewer, or not started yet because the browser wants a tap. */
  held: boolean;
  hidden: boolean;
};

/** True when a picture is due and none came for too long. A hidden tab draws no frames and proves nothing. */
export function isFrozen(p: Progress): boolean {
  return p.pictureDue && !p.held && !p.hidden && p.nowMs - p.lastFrameMs >= FROZEN_MS;
}

export type Place = { behindSeconds: number; following: boolean; nowMs: number; jumpMs: number };

/** True when a viewer who follows the live edge has drifted away from it (stalls add up) and should jump. */
export function hasDrifted({ behindSeconds, following, nowMs, jumpMs }: Place): boolean {
  return following && behindSeconds > DRIFT_SECONDS && nowMs - jumpMs >= DRIFT_JUMP_EVERY_MS;
}

/** The `code` of an error body, or null where it is none of ours. */
export function refusalCode(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const code = parsed !== null && typeof parsed === 'object' && 'code' in parsed ? parsed.code : null;
    return typeof code === 'string' && /^[a-z_]+\.[a-z_]+$/.test(code) ? code : null;
  } catch {
    return null;
  }
}

/** Statuses with which media refuses a playlist; others are faults that pass. */
export const isRefusal = (status: number) => status === 401 || status === 403 || status === 409;

/** The address for players that send no cookies, with the grant in the path. */
export const nativeAddress = (grant: string, showId: string) => `/hls/g/${grant}/${showId}/master.m3u8`;
