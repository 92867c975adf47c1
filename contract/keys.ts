import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { KeyId, Slug } from './ids.ts';

const Label = z.string().trim().min(1).max(80);
const KeyParams = z.object({ id: KeyId });

export const StreamKeyView = z.object({
  id: KeyId,
  label: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  /** True for a key that serves one show alone. */
  oneShow: z.boolean(),
});
export type StreamKeyView = z.infer<typeof StreamKeyView>;

/** The key itself is in this reply and nowhere else, ever. */
const NewKey = z.object({ id: KeyId, label: z.string(), key: z.string() });

export const listKeys = {
  method: 'get',
  path: '/api/keys',
  summary: "A channel's stream keys, without the keys themselves.",
  caller: 'owner',
  query: z.object({ channel: Slug }),
  reply: z.array(StreamKeyView),
} as const satisfies Endpoint;

export const createKey = {
  method: 'post',
  path: '/api/keys',
  summary: 'Makes a stream key and shows it this once.',
  caller: 'owner',
  body: z.strictObject({ channel: Slug, label: Label }),
  reply: NewKey,
} as const satisfies Endpoint;

export const rotateKey = {
  method: 'post',
  path: '/api/keys/:id/rotate',
  summary: 'Makes a new key in place of an old one, which is cut at once.',
  caller: 'owner',
  params: KeyParams,
  body: z.strictObject({}),
  reply: NewKey,
} as const satisfies Endpoint;

export const revokeKey = {
  method: 'post',
  path: '/api/keys/:id/revoke',
  summary: 'Revokes a key; an encoder that uses it is cut within 2 seconds.',
  caller: 'owner',
  params: KeyParams,
  body: z.strictObject({}),
  reply: z.object({ id: KeyId, revoked: z.literal(true) }),
} as const satisfies Endpoint;
