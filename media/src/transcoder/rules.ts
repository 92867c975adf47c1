/** Pure rules of the ladder: which renditions a source gets, how large they are, and what they cost. */
import type { VideoConfig } from '../packager/samples.ts';

/** Short sides of the renditions that `auto` may make, pixels; rising. */
export const AUTO_SHORT_SIDES = [360, 480, 720, 1080] as const;
/** Up to this short side pictures come at most at about 30 a second, larger ones at 60. */
const SLOW_UP_TO = 480;
const SLOW_FPS = 30;
const FAST_FPS = 60;
/** Assumed where the encoder does not say, frames a second. */
const ASSUMED_FPS = 30;
/** Up to this short side H.264 Main, which the oldest phones play; High above. */
const MAIN_UP_TO = 480;
/** A 360p picture of 16:9 gets these bits a second … */
const BASE_BITS = 800_000;
const BASE_PIXELS = 640 * 360;
/** … and others by the power of their area that fits 1.4 Mb/s at 480p, 2.6 at 720p, 5.2 at 1080p. */
const BITS_EXPONENT = 0.85;
/** Twice as many pictures need this much more, since each differs less from the one before. */
const FAST_BITS = 1.5;
const BITS_STEP = 50_000;
/** A rendition gets at most this share of the source's rate, however little smaller it is … */
const MOST_SHARE = 0.8;
/** … and at least this, where its source has hardly more, bits a second. */
export const LEAST_BITS = 100_000;
const SHARE_STEP = 10_000;
/** x264 with a buffer of one second gave 2-s segments up to 1.14 times the rate, on noise. */
const PEAK = 1.2;
/** The sound that is muxed in comes from the encoder; few send more, bits a second. */
const AUDIO_BITS = 192_000;

/**
 * Cores that one pixel a second costs: of the source (decoding, scaling) and of the rendition (encoding).
 * `ffmpeg -threads 1 -i SOURCE -vf scale=-2:H -c:v libx264 -preset veryfast -tune zerolatency`, 12 s, user and
 * system time: 1080p30 of 4.5 Mb/s with noise to 360p 0.25, 480p 0.30, 720p 0.43 cores (0.14 of each is decoding);
 * 720p30 to 360p 0.14 to 0.19, 480p 0.19 to 0.26 (0.07 to 0.09 decoding). On an AMD EPYC, FFmpeg 5.1.
 */
const CORES_PER_SOURCE_PIXEL = 3.4e-9;
const CORES_PER_PIXEL = 9e-9;

export type Size = { readonly width: number; readonly height: number };

const even = (value: number) => Math.max(2, Math.round(value / 2) * 2);
export const shortSide = ({ width, height }: Size): number => Math.min(width, height);

/** The size at which a picture is shown, its pixels being square then. */
export function shownSize({ width, height, pixelAspect: [x, y] }: VideoConfig): Size {
  // Widened, never narrowed, so that no detail is lost.
  return x >= y ? { width: Math.round((width * x) / y), height } : { width, height: Math.round((height * y) / x) };
}

/** The frame with the shape of `shape` and this short side. Both sides are even. */
export function frameOf(shape: Size, short: number): Size {
  const least = Math.floor(short / 2) * 2;
  const long = even((least * Math.max(shape.width, shape.height)) / shortSide(shape));
  return shape.width >= shape.height ? { width: long, height: least } : { width: least, height: long };
}

/** Where a picture goes in a frame of another shape: as large as fits, in the middle, all values even. */
export function fitInto(frame: Size, picture: Size): Size & { readonly x: number; readonly y: number } {
  const factor = Math.min(frame.width / picture.width, frame.height / picture.height);
  const width = Math.min(frame.width, even(picture.width * factor));
  const height = Math.min(frame.height, even(picture.height * factor));
  const offset = (room: number) => Math.floor(room / 4) * 2;
  return { width, height, x: offset(frame.width - width), y: offset(frame.height - height) };
}

/** Those of the wanted short sides that are below the source, rising. */
export function rungsBelow(wanted: readonly number[], source: Size): number[] {
  return [...new Set(wanted)].filter((short) => short < shortSide(source)).sort((a, b) => a - b);
}

/** How one rendition of one broadcast is encoded. */
export type RungPlan = {
  readonly name: string;
  readonly frame: Size;
  readonly inner: Size & { readonly x: number; readonly y: number };
  /** Every how many pictures one is taken; keyframes always are. */
  readonly every: number;
  /** Of the source; null where its encoder does not say. */
  readonly sourceFps: number | null;
  readonly bits: number;
  readonly profile: 'main' | 'high';
  readonly threads: number;
  /** Cores. */
  readonly cost: number;
};

/** Pictures a second of the rendition; null where the source does not say. */
export const fpsOf = ({ sourceFps, every }: Pick<RungPlan, 'sourceFps' | 'every'>): number | null =>
  sourceFps === null ? null : sourceFps / every;

/** The same, with what is assumed where the source does not say. */
export const likelyFps = (plan: Pick<RungPlan, 'sourceFps' | 'every'>): number => fpsOf(plan) ?? ASSUMED_FPS;

function bitsFor(frame: Size, fps: number): number {
  const bits = BASE_BITS * ((frame.width * frame.height) / BASE_PIXELS) ** BITS_EXPONENT;
  return Math.ceil((bits * (fps > 1.5 * SLOW_FPS ? FAST_BITS : 1)) / BITS_STEP) * BITS_STEP;
}

/** A source that makes do with less than a rendition of its size would get leaves that much less to its renditions. */
function shareOf(source: Size, sourceFps: number, sourceBits: number, wanted: number): number {
  const share = Math.min(wanted * (sourceBits / bitsFor(source, sourceFps)), sourceBits * MOST_SHARE);
  return Math.min(wanted, Math.max(LEAST_BITS, Math.floor(share / SHARE_STEP) * SHARE_STEP));
}

/**
 * Plans the rendition with this short side, in the shape that the show began with. `sourceBits`: the source's
 * rate, bits a second, null where it is not known; `cores`: the machine's.
 */
export function planRung(
  short: number,
  shape: Size,
  video: VideoConfig,
  sourceBits: number | null,
  cores: number,
): RungPlan {
  const frame = frameOf(shape, short);
  const sourceFps = video.fps;
  const every = Math.max(1, Math.round((sourceFps ?? ASSUMED_FPS) / (short <= SLOW_UP_TO ? SLOW_FPS : FAST_FPS)));
  const fps = likelyFps({ sourceFps, every });
  const sourceRate = video.width * video.height * (sourceFps ?? ASSUMED_FPS);
  const bits = bitsFor(frame, fps);
  return {
    name: `${short}p`,
    frame,
    inner: fitInto(frame, shownSize(video)),
    every,
    sourceFps,
    bits: sourceBits === null ? bits : shareOf(video, sourceFps ?? ASSUMED_FPS, sourceBits, bits),
    profile: short <= MAIN_UP_TO ? 'main' : 'high',
    threads: Math.min(cores, short <= MAIN_UP_TO ? 1 : short <= 720 ? 2 : 4),
    cost: sourceRate * CORES_PER_SOURCE_PIXEL + frame.width * frame.height * fps * CORES_PER_PIXEL,
  };
}

/** What the master playlist promises, bits a second. */
export const promisedBits = (plan: Pick<RungPlan, 'bits'>): number => Math.round(plan.bits * PEAK) + AUDIO_BITS;
