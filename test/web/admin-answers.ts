/** Replies of the operator's API, as the pages' tests need them. */
import type { adminDashboard, findCustomer } from '#contract/admin.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { NoticeId, TicketId, TransferId, UserId } from '#contract/ids.ts';
import type { listOutbox, OutboxMail, showMail } from '#contract/notices.ts';
import type { AdminPayout, adminPayouts } from '#contract/payouts.ts';
import { inHours, SHOW } from './answers.ts';
import { payouts } from './earnings-answers.ts';
import { CHECKOUT, membership } from './shop-answers.ts';

const TAIL = '0123456789abcdefghjkmnpqrs';
const TRANSFER = TransferId.parse(`trf_${TAIL}`);

export const dashboard = (): ReplyOf<typeof adminDashboard> => ({
  at: inHours(0),
  channels: 4,
  accounts: 231,
  live: {
    shows: [{ showId: SHOW, channel: 'demo', state: 'live', title: 'Late set', viewers: 42, startedAt: inHours(-1) }],
    viewers: 42,
  },
  sales: {
    today: [{ source: 'code', currency: 'eur', count: 9, gross: 8991, tax: 0, platform: 1791, refunded: 0 }],
    days30: [
      { source: 'code', currency: 'eur', count: 140, gross: 139_860, tax: 0, platform: 27_860, refunded: 1998 },
      { source: 'tip', currency: 'TOKEN', count: 60, gross: 9000, tax: 0, platform: 1800, refunded: 0 },
    ],
  },
  payouts: {
    waiting: [{ currency: 'eur', count: 1, amount: 4000, cashMinor: 4000 }],
    paying: 0,
    oldestRequestedAt: inHours(-20),
  },
  outbox: { failed: 1, pending: 0, oldestPendingAt: null },
  stripe: { mode: 'standin', lastWebhookAt: inHours(-0.1), lastReconcileAt: null, refundsWaiting: 0 },
  ledger: {
    unsealed: 0,
    lastSealAt: inHours(-0.01),
    lastVerify: { at: inHours(-5), ok: true },
    owed: [
      { kind: 'fan', currency: 'TOKEN', amount: 12_400 },
      { kind: 'creator', currency: 'eur', amount: 18_240 },
    ],
  },
});

export const mail = (change: Partial<OutboxMail> = {}): OutboxMail => ({
  id: NoticeId.parse(`ntc_${TAIL}`),
  event: 'code.issued',
  to: 'ana@example.org',
  language: 'en',
  state: 'failed',
  attempts: 3,
  createdAt: inHours(-2),
  nextAt: null,
  sentAt: null,
  lastError: '550 no such mailbox',
  ...change,
});

export const outbox = (mails: OutboxMail[]): ReplyOf<typeof listOutbox> => ({
  mode: 'kept',
  counts: { pending: 0, sent: 12, kept: 3, failed: 1, dropped: 0, skipped: 0 },
  mails,
  next: null,
});

const HTML = `<!doctype html><html lang="en"><head><style>.sd{color:red}</style></head><body style="margin:0;background:#f4f5fa">
<p class="sd" style="margin:0 0 16px;padding:24px;color:#22242a">Your code</p><a href="/account?token=secret">Open</a>
<script>parent.document.title='run'</script></body></html>`;
export const opened = (): ReplyOf<typeof showMail> => ({
  ...mail(),
  subject: 'Your access code for Mara Voss',
  html: HTML,
  text: 'Your code\n\nhttps://live.example.org/account?token=secret',
});

export const payout = (change: Partial<AdminPayout> = {}): AdminPayout => {
  const [first] = payouts().payouts;
  if (!first) throw new Error('there is a payout');
  return {
    ...first,
    creator: {
      userId: UserId.parse(`usr_${TAIL}`),
      name: 'Mara Voss',
      email: 'mara@example.org',
      channels: ['demo'],
      connect: 'none',
    },
    problem: null,
    ...change,
  };
};
export const payoutPage = (list: AdminPayout[]): ReplyOf<typeof adminPayouts> => ({
  payouts: list,
  next: null,
  counts: {
    requested: list.length,
    approved: 0,
    paying: 0,
    paid: 5,
    rejected: 1,
    failed: 0,
    partly_reversed: 0,
    reversed: 0,
  },
});

export const customer = (): ReplyOf<typeof findCustomer> => ({
  email: 'ana@example.org',
  account: {
    userId: UserId.parse(`usr_${TAIL}`),
    name: 'Ana',
    email: 'ana@example.org',
    emailVerified: false,
    createdAt: inHours(-500),
    channels: [],
    wallet: { balance: 1250, debt: 0 },
  },
  purchases: [
    {
      checkoutId: CHECKOUT,
      kind: 'code',
      state: 'paid',
      amountMinor: 999,
      currency: 'eur',
      taxMinor: 0,
      refundedMinor: 250,
      tokens: null,
      channel: 'demo',
      method: 'card',
      transferId: TRANSFER,
      paymentIntentId: 'pi_1',
      at: inHours(-3),
    },
  ],
  codes: [
    {
      id: `cod_${TAIL}`,
      channel: 'demo',
      hint: 'PLI…QX',
      createdAt: inHours(-3),
      startsAt: null,
      expiresAt: inHours(5),
      revokedAt: null,
      usageCount: 1,
    },
  ],
  tickets: [
    {
      ticketId: TicketId.parse(`tkt_${TAIL}`),
      state: 'valid',
      showId: SHOW,
      title: 'Late set',
      channel: 'demo',
      priceTokens: 500,
      transferId: TRANSFER,
      boughtAt: inHours(-2),
      refundedAt: null,
    },
  ],
  subscriptions: [membership()],
  refunds: [
    {
      transferId: null,
      reverses: TRANSFER,
      kind: 'refund',
      state: 'wanted',
      amountMinor: 250,
      currency: 'eur',
      reason: 'The sound was gone',
      actor: 'admin',
      at: inHours(-1),
    },
  ],
  tips: { count: 2, totalTokens: 300 },
});
