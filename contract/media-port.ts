/**
 * The port between media and api, over loopback HTTP with a bearer secret, never routed by Nginx.
 * It is level-triggered: media posts its whole state at each change and every second, api answers
 * with the state it wants. A lost or repeated message therefore does no harm.
 *
 *   media → api    POST /internal/media/authorize   may this key publish, and into which show?
 *   media → api    POST /internal/media/sync        state up, wanted state down
 *   api   → media  POST /control/wake               "sync now": a revocation, an end, a new limit
 */
import { z } from 'zod';
import { Advice, Light } from './health.ts';
import { BroadcastId, ChannelId, KeyId, ShowId } from './ids.ts';

/** SHA-256 of the stream key, hex. The key itself never leaves the RTMP session. */
const KeyHash = z.string().regex(/^[0-9a-f]{64}$/);

export const AuthorizeRequest = z.strictObject({
  keyHash: KeyHash,
  /** RTMP application: `live`, or `live/<slug>` where the encoder names the channel. */
  app: z.string().max(100),
  address: z.string().max(64),
  encoder: z.string().max(200),
});
export type AuthorizeRequest = z.infer<typeof AuthorizeRequest>;

/** What media must know of a show to carry it without asking again. */
export const WantedShow = z.strictObject({
  showId: ShowId,
  channelId: ChannelId,
  wanted: z.enum(['run', 'end']),
  /** `creator`: a preview, playable only with a grant of role `creator`. */
  audience: z.enum(['everyone', 'creator']),
  paused: z.boolean(),
  viewerLimit: z.number().int().positive(),
  graceSeconds: z.number().int().min(0).max(1800),
  /** How far back a viewer may seek, seconds. */
  windowSeconds: z.number().int().min(12).max(14400),
  /** False for a test stream, and where the channel wants no recordings. */
  record: z.boolean(),
  /** The keys that may publish to this show now; a publisher with another one is cut. */
  keys: z.array(z.strictObject({ keyId: KeyId, keyHash: KeyHash })),
});
export type WantedShow = z.infer<typeof WantedShow>;

export const RefusalReason = z.enum([
  'publish.unknown_key',
  'publish.revoked_key',
  'publish.wrong_channel',
  'publish.other_key_live',
  'publish.two_encoders',
  'publish.show_over',
  'publish.unsupported_codec',
  'publish.control_away',
  'publish.disk_full',
  'publish.too_many',
  'publish.protocol_error',
]);
export type RefusalReason = z.infer<typeof RefusalReason>;

export const AuthorizeReply = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), keyId: KeyId, show: WantedShow }),
  z.strictObject({ ok: z.literal(false), reason: RefusalReason, message: z.string() }),
]);
export type AuthorizeReply = z.infer<typeof AuthorizeReply>;

/** One show as media sees it. `lost`: had a publisher, waits for it to come back. */
export const ReportedShow = z.strictObject({
  showId: ShowId,
  channelId: ChannelId,
  state: z.enum(['connecting', 'playing', 'lost']),
  broadcastId: BroadcastId.nullable(),
  keyId: KeyId.nullable(),
  /** Unix milliseconds since which `state` holds, by media's clock. */
  sinceMs: z.number().int(),
  viewers: z.number().int().nonnegative(),
  /** What changes seldom; figures by the second are asked for (contract/health.ts). */
  input: z
    .strictObject({
      encoder: z.string(),
      videoCodec: z.string().nullable(),
      audioCodec: z.string().nullable(),
      width: z.number().int().nullable(),
      height: z.number().int().nullable(),
    })
    .nullable(),
  light: Light,
  advices: z.array(Advice),
  /** Signed address of the newest thumbnail, path and query. */
  thumbnail: z.string().max(300).nullable(),
});
export type ReportedShow = z.infer<typeof ReportedShow>;

/** A viewer's device at the playlist: joined, and left once 15 s passed without a request. */
export const ViewerSession = z.strictObject({
  sessionId: z.string().max(64),
  showId: ShowId,
  viewer: z.string().max(64),
  device: z.string().max(64),
  joinedMs: z.number().int(),
  leftMs: z.number().int().nullable(),
});
export type ViewerSession = z.infer<typeof ViewerSession>;

export const Refusal = z.strictObject({
  refusalId: z.string().max(64),
  /** Known where the key was good and something else was wrong. */
  channelId: ChannelId.nullable(),
  /** First 8 hex digits of the key's hash: enough to find a revoked key, useless to anybody else. */
  keyHashPrefix: z.string().max(8).nullable(),
  reason: RefusalReason,
  address: z.string().max(64),
  atMs: z.number().int(),
});
export type Refusal = z.infer<typeof Refusal>;

export const SyncRequest = z.strictObject({
  /** New at each start of media; with `sequence` it orders reports. */
  bootId: z.string().max(64),
  sequence: z.number().int().nonnegative(),
  shows: z.array(ReportedShow),
  /** Changed since the last acknowledged report; writing one twice changes nothing. */
  sessions: z.array(ViewerSession).max(2000),
  refusals: z.array(Refusal).max(200),
});
export type SyncRequest = z.infer<typeof SyncRequest>;

/** Grants of this viewer (and device, or all) issued before `beforeMs` are dead. */
export const Revocation = z.strictObject({
  viewer: z.string(),
  device: z.string().nullable(),
  beforeMs: z.number().int(),
  reason: z.enum(['revoked', 'taken_over']),
});
export type Revocation = z.infer<typeof Revocation>;

export const SyncReply = z.strictObject({
  sequence: z.number().int().nonnegative(),
  shows: z.array(WantedShow),
  revocations: z.array(Revocation),
});
export type SyncReply = z.infer<typeof SyncReply>;
