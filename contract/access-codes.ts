import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CodeId, Slug } from './ids.ts';
import { Language } from './notices.ts';

/** What a person typed, in whatever case, with spaces, dashes, O for 0, I or L for 1. Folded by `access/rules.ts`. */
const TypedCode = z.string().min(1).max(64);

export const validateCode = {
  method: 'post',
  path: '/api/access-codes/validate',
  summary: 'Checks an access code and lets this device watch. Does not use the code up.',
  caller: 'public',
  body: z.strictObject({ code: TypedCode, channel: Slug }),
  reply: z.object({
    valid: z.literal(true),
    expiresAt: z.iso.datetime(),
    secondsLeft: z.number().int(),
    channel: Slug,
    /** The signed grant for native players, AirPlay and Cast; null while no show runs. */
    grant: z.string().nullable(),
  }),
} as const satisfies Endpoint;

export const checkCodeStatus = {
  method: 'post',
  path: '/api/access-codes/check-status',
  summary: 'Says how long a code is still valid, without letting this device in.',
  caller: 'public',
  body: z.strictObject({ code: TypedCode, channel: Slug }),
  reply: z.object({ valid: z.boolean(), expiresAt: z.iso.datetime(), secondsLeft: z.number().int(), channel: Slug }),
} as const satisfies Endpoint;

export const createCodes = {
  method: 'post',
  path: '/api/access-codes/create',
  summary: 'Issues codes by hand (gift, press), singly or in a batch.',
  caller: 'owner',
  body: z.strictObject({
    channel: Slug,
    count: z.number().int().min(1).max(1000).default(1),
    label: z.string().max(80).optional(),
    /** A single code is sent there. */
    email: z.email().max(254).optional(),
    /** English where it is left out. */
    language: Language.optional(),
  }),
  reply: z.array(z.object({ id: z.string(), code: z.string(), expiresAt: z.iso.datetime() })),
} as const satisfies Endpoint;

export const AccessCodeView = z.object({
  id: CodeId,
  /** The last four symbols: enough to tell codes apart, useless to anybody else. */
  hint: z.string(),
  label: z.string().nullable(),
  email: z.string().nullable(),
  state: z.enum(['valid', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  usageCount: z.number().int(),
});
export type AccessCodeView = z.infer<typeof AccessCodeView>;

export const listCodes = {
  method: 'get',
  path: '/api/access-codes',
  summary: 'The newest 200 codes of a channel.',
  caller: 'owner',
  query: z.object({ channel: Slug }),
  reply: z.array(AccessCodeView),
} as const satisfies Endpoint;

export const revokeCode = {
  method: 'post',
  path: '/api/access-codes/:id/revoke',
  summary: 'Withdraws a code; whoever watches with it stops within seconds.',
  caller: 'owner',
  params: z.object({ id: CodeId }),
  body: z.strictObject({}),
  reply: z.object({ id: CodeId, revoked: z.literal(true) }),
} as const satisfies Endpoint;
