/** How a stream is doing: measured by media once a second, shown to its creator. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ShowId } from './ids.ts';

/** What the creator or the operator can do something about, by falling urgency. The words are the page's. */
export const Advice = z.enum([
  'wrong_codec',
  'two_encoders',
  'upload_slow',
  'machine_slow',
  'no_video',
  'no_audio',
  'silent_audio',
  'keyframe_interval',
  'bitrate_unstable',
  'fps_low',
  'not_transcoded',
  'not_recorded',
  'b_frames',
]);
export type Advice = z.infer<typeof Advice>;

/** `green`: nothing to do. `amber`: viewers may notice. `red`: viewers do notice. */
export const Light = z.enum(['green', 'amber', 'red']);
export type Light = z.infer<typeof Light>;

export const RungState = z.enum(['on', 'starting', 'shed', 'off']);
export type RungState = z.infer<typeof RungState>;

export const StreamHealth = z.strictObject({
  atMs: z.number().int(),
  light: Light,
  /** Most urgent first. */
  advices: z.array(Advice),
  /** What the encoder sends; null while there is none. */
  input: z
    .strictObject({
      encoder: z.string(),
      videoCodec: z.string().nullable(),
      audioCodec: z.string().nullable(),
      width: z.number().int().nullable(),
      height: z.number().int().nullable(),
      /** Frames a second that the encoder promises, or that its timestamps are spaced by. */
      nominalFps: z.number().nullable(),
      /** Frames that arrived in the last second or so, a second. */
      fps: z.number().nullable(),
      kilobitsPerSecond: z.number().nullable(),
      audioKilobitsPerSecond: z.number().nullable(),
      /** The last one, or the time without a keyframe so far where that is longer. */
      keyframeIntervalMs: z.number().nullable(),
      bFrames: z.boolean(),
      audio: z.enum(['none', 'silent', 'sound']),
      /** Frames missing in the last minute, by the timestamps against the nominal frame rate. */
      gaps: z.number().int().nonnegative(),
      /** How far arrival has fallen behind the timestamps since the broadcast began, milliseconds. */
      behindMs: z.number().int(),
      /** Of the slowest transcoded rendition: 1 is real time. null where nothing is transcoded. */
      speed: z.number().nullable(),
    })
    .nullable(),
  renditions: z.array(
    z.strictObject({
      name: z.string(),
      height: z.number().int().nullable(),
      state: RungState,
      viewers: z.number().int().nonnegative(),
    }),
  ),
  /** Distinct viewers' devices now. */
  devices: z.number().int().nonnegative(),
});
export type StreamHealth = z.infer<typeof StreamHealth>;

/** One second of the drawn history. */
export const HealthSample = z.strictObject({
  atMs: z.number().int(),
  kilobitsPerSecond: z.number().nullable(),
  fps: z.number().nullable(),
  behindMs: z.number().int().nullable(),
  gaps: z.number().int(),
  speed: z.number().nullable(),
  devices: z.number().int(),
  light: Light,
});
export type HealthSample = z.infer<typeof HealthSample>;

/** The answer of media's `GET /control/shows/:showId/health?since=<unix ms>`. */
export const HealthReport = z.strictObject({
  now: StreamHealth,
  /** Oldest first, later than `since`; at most ten minutes. */
  history: z.array(HealthSample).max(600),
});
export type HealthReport = z.infer<typeof HealthReport>;

export const streamHealth = {
  method: 'get',
  path: '/api/live-sessions/:id/health',
  summary: "A running show's health now, and its last ten minutes by the second.",
  caller: 'owner',
  params: z.object({ id: ShowId }),
  query: z.object({ since: z.coerce.number().int().nonnegative().default(0) }),
  reply: HealthReport,
} as const satisfies Endpoint;
