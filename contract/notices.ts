/** What people are told of: in the app, by mail, and the admin's view of the outbox. */
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { NoticeId } from './ids.ts';

/** Languages that people are written to in. */
export const Language = z.enum(['en', 'ro', 'es']);
export type Language = z.infer<typeof Language>;

/** Every event that somebody is told of. */
export const NoticeEvent = z.enum([
  'account.verify',
  'account.exists',
  'account.reset',
  'code.issued',
  'code.resent',
  'code.expiring',
  'payment.received',
  'payment.refunded',
  'payment.disputed',
  'ticket.bought',
  'ticket.refunded',
  'tip.received',
  'membership.started',
  'membership.past_due',
  'membership.ended',
  'payout.requested',
  'payout.paid',
  'payout.rejected',
  'payout.reversed',
  'operator.payout_requested',
  'operator.guessing',
  'operator.payment_mismatch',
]);
export type NoticeEvent = z.infer<typeof NoticeEvent>;

/** What people choose by: kinds of events. The operator's own are no choice. */
export const NoticeGroup = z.enum([
  'security',
  'purchases',
  'reminders',
  'shows',
  'tips',
  'sales',
  'members',
  'payouts',
]);
export type NoticeGroup = z.infer<typeof NoticeGroup>;

/** A notice as its reader sees it, in the reader's language. */
export const NoticeView = z.object({
  id: NoticeId,
  event: NoticeEvent,
  at: z.iso.datetime(),
  read: z.boolean(),
  title: z.string(),
  text: z.string(),
  /** A path on this server that it leads to; null where it leads nowhere. */
  path: z.string().nullable(),
});
export type NoticeView = z.infer<typeof NoticeView>;

/** Notices of one page. */
const PAGE = 30;

export const listNotices = {
  method: 'get',
  path: '/api/notices',
  summary: "The caller's notices, newest first.",
  caller: 'session',
  query: z.object({
    /** `next` of the page before. */
    before: NoticeId.optional(),
    limit: z.coerce.number().int().min(1).max(100).default(PAGE),
  }),
  reply: z.object({
    notices: z.array(NoticeView),
    unread: z.number().int().nonnegative(),
    /** Where the next page begins; null on the last one. */
    next: NoticeId.nullable(),
  }),
} as const satisfies Endpoint;

export const readNotices = {
  method: 'post',
  path: '/api/notices/read',
  summary: 'Marks notices as read: those named, or all.',
  caller: 'session',
  body: z.union([z.strictObject({ ids: z.array(NoticeId).min(1).max(200) }), z.strictObject({ all: z.literal(true) })]),
  reply: z.object({ unread: z.number().int().nonnegative() }),
} as const satisfies Endpoint;

/** What one chose of one group, or what is usual. */
export const NoticeChoice = z.object({
  group: NoticeGroup,
  /** True where it is always sent, as a receipt is. */
  needed: z.boolean(),
  /** By mail. Null: never sent so. */
  mail: z.boolean().nullable(),
  /** On the page. Null: never shown there. */
  app: z.boolean().nullable(),
});
export type NoticeChoice = z.infer<typeof NoticeChoice>;
const NoticeChoices = z.object({
  /** Where the mails go. */
  email: z.string(),
  groups: z.array(NoticeChoice),
});

const PREFERENCES = '/api/account/notice-preferences';

export const noticePreferences = {
  method: 'get',
  path: PREFERENCES,
  summary:
    'What the caller wants to be told of, by mail and on the page. Groups of creators only for who has a channel.',
  caller: 'session',
  reply: NoticeChoices,
} as const satisfies Endpoint;

export const setNoticePreference = {
  method: 'patch',
  path: PREFERENCES,
  summary: 'Chooses for one group. What is always sent cannot be chosen away.',
  caller: 'session',
  body: z.strictObject({ group: NoticeGroup, mail: z.boolean().optional(), app: z.boolean().optional() }),
  reply: NoticeChoices,
} as const satisfies Endpoint;

/**
 * What the unsubscribe link of a mail does. `POST /api/unsubscribe?token=…` with the body
 * `List-Unsubscribe=One-Click` (RFC 8058) unsubscribes too, without a cookie or an Origin.
 */
export const mailChoice = {
  method: 'post',
  path: '/api/mail-choice',
  summary:
    'Says what the link of a mail is about; with `wanted`, subscribes its address to that kind of mail or takes it off.',
  caller: 'public',
  body: z.strictObject({ token: z.string().min(1).max(1000), wanted: z.boolean().optional() }),
  reply: z.object({
    group: NoticeGroup,
    /** The address, with most of its letters hidden. */
    address: z.string(),
    wanted: z.boolean(),
  }),
} as const satisfies Endpoint;

/**
 * `pending`: is to be sent. `sent`: the mail server took it. `kept`: no mail server is set up, so it is read here
 * only. `failed`: refused for good, or given up after days. `dropped`: no longer true when its turn came. `skipped`:
 * its recipient does not want mails of this kind.
 */
export const MailState = z.enum(['pending', 'sent', 'kept', 'failed', 'dropped', 'skipped']);
export type MailState = z.infer<typeof MailState>;

export const OutboxMail = z.object({
  id: NoticeId,
  event: NoticeEvent,
  to: z.string(),
  language: Language,
  state: MailState,
  attempts: z.number().int().nonnegative(),
  createdAt: z.iso.datetime(),
  /** When it is tried next; null where it is not. */
  nextAt: z.iso.datetime().nullable(),
  sentAt: z.iso.datetime().nullable(),
  /** Why the last attempt failed, in a few words. */
  lastError: z.string().nullable(),
});
export type OutboxMail = z.infer<typeof OutboxMail>;

export const listOutbox = {
  method: 'get',
  path: '/api/admin/outbox',
  summary: 'Mails, newest first: sent, waiting, failed, or kept because no mail server is set up.',
  caller: 'admin',
  query: z.object({
    state: MailState.optional(),
    event: NoticeEvent.optional(),
    /** `next` of the page before. */
    before: NoticeId.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  reply: z.object({
    /** `smtp`: mails are sent. `kept`: no mail server is set up, mails are read here only. */
    mode: z.enum(['smtp', 'kept']),
    counts: z.record(MailState, z.number().int().nonnegative()),
    mails: z.array(OutboxMail),
    next: NoticeId.nullable(),
  }),
} as const satisfies Endpoint;

export const showMail = {
  method: 'get',
  path: '/api/admin/outbox/:id',
  summary: 'One mail with its text, made from the data as it is now.',
  caller: 'admin',
  params: z.object({ id: NoticeId }),
  reply: OutboxMail.extend({ subject: z.string(), html: z.string(), text: z.string() }),
} as const satisfies Endpoint;

export const retryMail = {
  method: 'post',
  path: '/api/admin/outbox/:id/retry',
  summary: 'Tries a mail again at once, also one that failed for good or was kept.',
  caller: 'admin',
  params: z.object({ id: NoticeId }),
  body: z.strictObject({}),
  reply: OutboxMail,
} as const satisfies Endpoint;
