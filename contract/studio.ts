import { z } from 'zod';
import { ChannelSettings } from './channels.ts';
import type { Endpoint } from './endpoint.ts';
import { Slug } from './ids.ts';
import { StreamKeyView } from './keys.ts';
import { ShowView } from './live-sessions.ts';
import { RefusalReason, ReportedShow } from './media-port.ts';

export const me = {
  method: 'get',
  path: '/api/studio/me',
  summary: 'Who is signed in, and the channels that are theirs.',
  caller: 'session',
  reply: z.object({
    email: z.string(),
    name: z.string(),
    channels: z.array(z.object({ slug: Slug, name: z.string() })),
  }),
} as const satisfies Endpoint;

export const studioOverview = {
  method: 'get',
  path: '/api/studio/overview',
  summary: "Everything that a channel's creator's page shows.",
  caller: 'owner',
  query: z.object({ channel: Slug.optional() }),
  reply: z.object({
    channel: ChannelSettings,
    /** The show that runs, else null. */
    show: ShowView.nullable(),
    /** A test stream that waits for its encoder; one that runs is `show`. */
    waitingTest: ShowView.nullable(),
    upcoming: z.array(ShowView),
    recent: z.array(ShowView),
    /** What the encoder sends, while it sends; figures by the second: `/api/live-sessions/:id/health`. */
    input: ReportedShow.shape.input,
    ingestState: z.enum(['connecting', 'playing', 'lost']).nullable(),
    keys: z.array(StreamKeyView),
    /** Encoders turned away lately, newest first. `keyLabel` names a revoked key. */
    refusals: z.array(
      z.object({ at: z.iso.datetime(), reason: RefusalReason, address: z.string(), keyLabel: z.string().nullable() }),
    ),
    ingest: z.object({ server: z.string(), secureServer: z.string().nullable() }),
    watchUrl: z.string(),
    serverTime: z.iso.datetime(),
  }),
} as const satisfies Endpoint;
