/**
 * The caller's own account. Sign-up, sign-in, verification and reset are better-auth's routes under `/api/auth`:
 *
 * - `POST /sign-up/email` `SignUp` answers 200 whether or not the address is known, and opens no session:
 *   `POST /sign-in/email` follows with the same password. Where the address was known, its owner gets a mail instead.
 * - `POST /send-verification-email {email}` sends the link again. It leads to `ACCOUNT_PAGES.verify`, whose button asks
 *   `POST /api/account/verify`: a scanner of mails that opens links confirms nothing.
 * - `POST /request-password-reset {email}` sends a link to `ACCOUNT_PAGES.reset`, with the token behind `#token=`.
 * - `POST /reset-password {newPassword, token}` sets the password and ends every session.
 */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { UserId } from './ids.ts';
import { Language } from './notices.ts';

/** Pages that mails lead to. */
export const ACCOUNT_PAGES = {
  /** `#token=…` follows. */
  verify: '/account/verify',
  /** `#token=…` follows. */
  reset: '/account/reset',
  notices: '/account/notices',
  /** `#token=…&lang=…` follows. */
  unsubscribe: '/account/unsubscribe',
} as const;

/** What `POST /api/auth/sign-up/email` takes. */
export const SignUp = z.object({
  email: z.email().max(254),
  /** 10 to 128 characters. */
  password: z.string().min(10).max(128),
  name: z.string().trim().min(1).max(80),
  language: Language,
  /** The terms of this server were accepted; the time is kept. */
  acceptTerms: z.literal(true),
  /** Needed where `GET /api/shop` says `ageGate`; the time is kept. */
  confirmAge: z.literal(true).optional(),
});
export type SignUp = z.infer<typeof SignUp>;

export const AccountView = z.object({
  userId: UserId,
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string(),
  language: Language,
  createdAt: z.iso.datetime(),
  termsAcceptedAt: z.iso.datetime().nullable(),
  ageConfirmedAt: z.iso.datetime().nullable(),
  unreadNotices: z.number().int().nonnegative(),
});
export type AccountView = z.infer<typeof AccountView>;

export const myAccount = {
  method: 'get',
  path: '/api/account',
  summary: "The caller's own account.",
  caller: 'session',
  reply: AccountView,
} as const satisfies Endpoint;

export const setLanguage = {
  method: 'post',
  path: '/api/account/language',
  summary: 'The language in which the caller is written to.',
  caller: 'session',
  body: z.strictObject({ language: Language }),
  reply: AccountView,
} as const satisfies Endpoint;

export const setDisplayName = {
  method: 'post',
  path: '/api/account/name',
  summary: 'The name that others see.',
  caller: 'session',
  body: z.strictObject({ name: z.string().trim().min(1).max(80) }),
  reply: AccountView,
} as const satisfies Endpoint;

export const confirmConsent = {
  method: 'post',
  path: '/api/account/consent',
  summary: 'Accepts the terms, and confirms the age where it is asked for. The first time counts and is kept.',
  caller: 'session',
  body: z.strictObject({ acceptTerms: z.literal(true), confirmAge: z.literal(true).optional() }),
  reply: AccountView,
} as const satisfies Endpoint;

export const verifyAddress = {
  method: 'post',
  path: '/api/account/verify',
  summary: 'Confirms an address by the token that was mailed to it.',
  caller: 'public',
  body: z.strictObject({ token: z.string().min(1).max(2000) }),
  /** False where the link is too old or not whole. */
  reply: z.object({ verified: z.boolean() }),
} as const satisfies Endpoint;

export const exportAccount = {
  method: 'get',
  path: '/api/account/export',
  summary: 'Everything that this server keeps about the caller, as JSON.',
  caller: 'session',
  reply: z.object({
    exportedAt: z.iso.datetime(),
    account: AccountView,
    /** Tables of rows: sessions, notices, wallet transfers, codes bought, … */
    data: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
    /** Tables of which there is more than one file holds; the operator can give the rest. */
    incomplete: z.array(z.string()),
  }),
} as const satisfies Endpoint;

export const eraseAccount = {
  method: 'post',
  path: '/api/account/erase',
  summary:
    'Erases name, address and sign-in for good; subscriptions end at once. Bookings are kept without a name, as the law asks.',
  caller: 'session',
  body: z.strictObject({
    password: z.string().min(1).max(128),
    /** Tokens that are left in the wallet are lost; without it they stand in the way. */
    giveUpTokens: z.boolean().optional(),
  }),
  reply: z.object({ erased: z.literal(true) }),
} as const satisfies Endpoint;
