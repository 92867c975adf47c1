/** What `/api/live-sessions/:id/health` says, as the studio's tests need it. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { streamHealth } from '#contract/health.ts';
import { SHOW } from './answers.ts';

export const HEALTH = `GET /api/live-sessions/${SHOW}/health`;

export type Report = ReplyOf<typeof streamHealth>;
export type Sample = Report['history'][number];
export type Input = NonNullable<Report['now']['input']>;

/** One second of a stream that arrives as it should. */
export const sample = (atMs: number, change: Partial<Sample> = {}): Sample => ({
  atMs,
  kilobitsPerSecond: 5840 + Math.round(120 * Math.sin(atMs / 7000)),
  fps: 30,
  behindMs: 40,
  gaps: 0,
  speed: 1.4,
  devices: 40,
  light: 'green',
  ...change,
});

/** What an encoder that is set up well sends. */
export const input = (change: Partial<Input> = {}): Input => ({
  encoder: 'obs-output module (libobs version 31.0.1)',
  videoCodec: 'avc1.640028',
  audioCodec: 'mp4a.40.2',
  width: 1920,
  height: 1080,
  nominalFps: 30,
  fps: 29.9,
  kilobitsPerSecond: 5840,
  audioKilobitsPerSecond: 160,
  keyframeIntervalMs: 2000,
  bFrames: false,
  audio: 'sound',
  gaps: 0,
  behindMs: 40,
  speed: 1.4,
  ...change,
});

/** A stream that arrives as it should, `seconds` after it began; later changes go into `now`. */
export function report(now: Partial<Report['now']> = {}, seconds = 300): Report {
  const atMs = Date.now();
  return {
    now: {
      atMs,
      light: 'green',
      advices: [],
      input: input(),
      renditions: [
        { name: 'source', height: 1080, state: 'on', viewers: 31 },
        { name: '720p', height: 720, state: 'on', viewers: 9 },
        { name: '360p', height: 360, state: 'shed', viewers: 0 },
      ],
      devices: 40,
      ...now,
    },
    history: Array.from({ length: seconds }, (_, index) => sample(atMs - (seconds - 1 - index) * 1000)),
  };
}
