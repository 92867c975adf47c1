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

/** What is buffered ahead is watched for this long before some of it is given up, milliseconds. */
export const SLACK_WINDOW_MS = 4000;
/** This much always stays ahead of the viewer, and more after each stall of late, seconds. */
const RESERVE_SECONDS = 0.3;
const RESERVE_PER_STALL_SECONDS = 0.2;
const STALL_REMEMBERED_MS = 120_000;
/** Less is not worth a jump, which the viewer may notice, seconds. */
const LEAST_GAIN_SECONDS = 0.25;
const QUIET_JUMP_EVERY_MS = 12_000;
/** Playback that stands still for this long with this much to play is started again by a seek. */
const STUCK_MS = 250;
const STUCK_AHEAD_SECONDS = 0.4;
const UNSTICK_EVERY_MS = 3000;

/** A rewind bar over less than this serves nobody, seconds. */
const DVR_LEAST_SECONDS = 40;
/** Further behind than this is watching the past on purpose, seconds. */
export const PAST_SECONDS = 12;
/** Distance from the oldest picture at which a viewer is put back who fell out of the window, seconds. */
const WINDOW_MARGIN_SECONDS = 3;

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

/** A playlist that grew within this time is being followed, milliseconds; parts come every quarter of a second. */
const FRESH_MS = 700;

/** True where the player has the newest picture, or will have it with what it waits for. */
export const isFresh = (nowMs: number, grownMs: number) => nowMs - grownMs < FRESH_MS;

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

export type Drift = {
  /** Behind the wished distance from the live edge. */
  behindSeconds: number;
  /** The least that was buffered ahead of late. */
  slackSeconds: number;
  /** Instants of past stalls, like `nowMs`. */
  stalls: readonly number[];
  nowMs: number;
  jumpMs: number;
};

/** How far to jump ahead within the buffer, seconds; 0: stay. A network that is slow or uneven leaves no slack. */
export function quietJump({ behindSeconds, slackSeconds, stalls, nowMs, jumpMs }: Drift): number {
  if (nowMs - jumpMs < QUIET_JUMP_EVERY_MS) return 0;
  const recent = stalls.filter((atMs) => nowMs - atMs < STALL_REMEMBERED_MS).length;
  const reserve = RESERVE_SECONDS + recent * RESERVE_PER_STALL_SECONDS;
  const gain = Math.min(behindSeconds, slackSeconds - reserve);
  return gain >= LEAST_GAIN_SECONDS ? gain : 0;
}

export type Standstill = {
  nowMs: number;
  /** When playback last moved, and when it was last started again. */
  movedMs: number;
  startedMs: number;
  aheadSeconds: number;
  /** The element says that it lacks data. */
  starved: boolean;
};

/** True where playback waits for more although there is enough. A slow device is not helped by seeking again and again. */
export function isStuck({ nowMs, movedMs, startedMs, aheadSeconds, starved }: Standstill): boolean {
  const enough = starved && aheadSeconds >= STUCK_AHEAD_SECONDS;
  return enough && nowMs - movedMs >= STUCK_MS && nowMs - startedMs >= UNSTICK_EVERY_MS;
}

export type Window = { start: number; live: number; at: number };

/** Where the viewer stands in what can be rewound, or null where that is too little for a bar. */
export function dvrOf({ start, live, at }: Window): { windowSeconds: number; behindSeconds: number } | null {
  const windowSeconds = Math.floor(live - start - WINDOW_MARGIN_SECONDS);
  if (windowSeconds < DVR_LEAST_SECONDS) return null;
  return { windowSeconds, behindSeconds: Math.round(Math.min(windowSeconds, Math.max(0, live - at))) };
}

/** Where a viewer belongs whose place is no longer listed; null: it still is. */
export function backInWindow({ start, live, at }: Window): number | null {
  if (at >= start - 0.5) return null;
  return dvrOf({ start, live, at }) ? start + WINDOW_MARGIN_SECONDS : live;
}

/** The rendition to go to from one of this bitrate: the next lower, else the next higher; null: none is usable. */
export function fallback(levels: readonly { bitrate: number; usable: boolean }[], bitrate: number): number | null {
  const usable = levels.flatMap((level, index) => (level.usable ? [{ ...level, index }] : []));
  const lower = usable.filter((level) => level.bitrate < bitrate).sort((a, b) => b.bitrate - a.bitrate)[0];
  const higher = usable.filter((level) => level.bitrate > bitrate).sort((a, b) => a.bitrate - b.bitrate)[0];
  return (lower ?? higher)?.index ?? null;
}

/** Distance from the live edge of a playlist without parts, in lengths of its longest segment of late. */
const PLAIN_SEGMENTS = 2.5;
const RECENT_SEGMENTS = 8;

/** Wished distance from the live edge where a playlist has no parts, seconds. */
export function plainDistance(durations: readonly number[]): number {
  return PLAIN_SEGMENTS * Math.max(1, ...durations.slice(-RECENT_SEGMENTS));
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
