/** Replies of the API about earnings and payouts, as the pages' tests need them. */
import type { CreatorBalance, earningsStatement, getEarnings, Sale } from '#contract/earnings.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { PayoutId, TransferId } from '#contract/ids.ts';
import type { listPayouts, PayoutView } from '#contract/payouts.ts';
import type { listTips } from '#contract/tips.ts';
import { inHours, SHOW } from './answers.ts';
import { tip } from './shop-answers.ts';

const transfer = (index: number) => TransferId.parse(`trf_${`${index}123456789abcdefghjkmnpqrs`.slice(-26)}`);
export const SALE = transfer(1);

const cash = (change: Partial<CreatorBalance> = {}): CreatorBalance => ({
  currency: 'eur',
  balance: 18_240,
  debt: 0,
  available: 12_640,
  held: 5600,
  inPayout: 4000,
  minimum: 2000,
  nextAvailableAt: inHours(30),
  ...change,
});
export const balances = (change: Partial<CreatorBalance> = {}): CreatorBalance[] => [
  cash(change),
  { ...cash(), currency: 'TOKEN', balance: 3100, available: 1500, held: 1600, inPayout: 0 },
];

const sale = (index: number, change: Partial<Sale>): Sale => ({
  transferId: transfer(index),
  at: inHours(-index),
  kind: 'sale',
  source: 'code',
  currency: 'eur',
  gross: 999,
  tax: 0,
  platform: 199,
  own: 800,
  bps: 8000,
  buyer: 'a…@example.org',
  show: null,
  reverses: null,
  refunded: 0,
  ...change,
});

type Earnings = ReplyOf<typeof getEarnings>;
export const earnings = (change: Partial<Earnings> = {}): Earnings => ({
  channel: 'demo',
  from: inHours(-720),
  to: inHours(0),
  currency: 'eur',
  creatorBps: 8000,
  balances: balances(),
  bySource: [
    {
      source: 'code',
      currency: 'eur',
      count: 18,
      gross: 17_982,
      tax: 0,
      platform: 3582,
      own: 14_400,
      refunded: 999,
      refundedOwn: 800,
    },
    {
      source: 'membership',
      currency: 'eur',
      count: 12,
      gross: 5988,
      tax: 0,
      platform: 1188,
      own: 4800,
      refunded: 0,
      refundedOwn: 0,
    },
    {
      source: 'ticket',
      currency: 'TOKEN',
      count: 5,
      gross: 2500,
      tax: 0,
      platform: 500,
      own: 2000,
      refunded: 0,
      refundedOwn: 0,
    },
    {
      source: 'tip',
      currency: 'TOKEN',
      count: 7,
      gross: 1375,
      tax: 0,
      platform: 275,
      own: 1100,
      refunded: 0,
      refundedOwn: 0,
    },
  ],
  totals: [],
  sales: [
    sale(1, {}),
    sale(2, {
      source: 'ticket',
      currency: 'TOKEN',
      gross: 500,
      platform: 100,
      own: 400,
      buyer: 'Ana',
      show: { id: SHOW, title: 'Late set from the studio' },
      refunded: 200,
    }),
    sale(3, { kind: 'refund', gross: -999, platform: -199, own: -800, bps: null, reverses: transfer(4) }),
    sale(4, { refunded: 999 }),
    sale(5, { source: 'membership', gross: 499, platform: 99, own: 400, buyer: null, bps: null }),
  ],
  next: null,
  ...change,
});

const payout = (index: number, change: Partial<PayoutView>): PayoutView => ({
  id: PayoutId.parse(`pot_${`${index}123456789abcdefghjkmnpqrs`.slice(-26)}`),
  state: 'requested',
  currency: 'eur',
  amount: 4000,
  cashMinor: 4000,
  cashCurrency: 'eur',
  payoutRate: null,
  method: null,
  reference: null,
  reason: null,
  holdTransferId: transfer(8),
  endTransferId: null,
  requestedAt: inHours(-20 * index),
  approvedAt: null,
  doneAt: null,
  reversedMinor: 0,
  reversedAt: null,
  ...change,
});

type Payouts = ReplyOf<typeof listPayouts>;
export const payouts = (change: Partial<Payouts> = {}): Payouts => ({
  payouts: [
    payout(1, {}),
    payout(2, { state: 'paid', method: 'hand', reference: 'SEPA 2026-11-03' }),
    payout(3, { state: 'rejected', reason: 'Please open an account at Stripe first.' }),
    payout(4, { state: 'paying', currency: 'TOKEN', amount: 2500, cashMinor: 2500, payoutRate: 100 }),
  ],
  next: null,
  balances: balances(),
  payoutRate: 100,
  payoutMinimum: 2000,
  payoutHoldDays: 7,
  connect: { state: 'none', standIn: true },
  ...change,
});
export const asked = payout(5, { amount: 5000, cashMinor: 5000 });

type Statement = ReplyOf<typeof earningsStatement>;
type Line = Statement['lines'][number];

const line = (index: number, change: Partial<Line>): Line => ({
  transferId: transfer(index),
  at: inHours(-30 + index),
  kind: 'code_sale',
  channel: 'demo',
  buyer: 'a…@example.org',
  gross: 999,
  tax: 0,
  platform: 199,
  bps: 8000,
  reverses: null,
  amount: 800,
  debt: 0,
  ...change,
});

export const LINES: readonly Line[] = [
  line(1, {}),
  line(2, { kind: 'membership', buyer: null, gross: 499, platform: 99, bps: null, amount: 400 }),
  line(3, { kind: 'refund', gross: -999, platform: -199, bps: null, reverses: transfer(1), amount: -300, debt: -500 }),
  line(4, { kind: 'payout_hold', buyer: null, gross: null, platform: null, bps: null, amount: -900, tax: null }),
];

/** A month of four lines, on pages of so many. */
export const statement = (month: string, currency: string, after: string | null, size = 25): Statement => {
  const from = LINES.findIndex(({ transferId }) => transferId === after) + 1;
  const lines = LINES.slice(from, from + size);
  return {
    month,
    currency,
    currencies: ['eur', 'TOKEN'],
    opening: { balance: 9200, debt: 0 },
    closing: { balance: 9200, debt: -500 },
    totals: { lines: LINES.length, gross: 499, tax: 0, platform: 99, amount: 0, debt: -500 },
    lines,
    next: from + size < LINES.length ? (lines.at(-1)?.transferId ?? null) : null,
  };
};

export const tipList = (count: number): ReplyOf<typeof listTips> => ({
  tips: Array.from({ length: count }, (_, index) => ({
    ...tip(count - index, { message: index === 0 ? 'That last piece!' : null, at: inHours(-index) }),
    transferId: transfer(index + 1),
    creatorTokens: 80,
  })),
  count,
  totalTokens: 100 * count,
  creatorTotalTokens: 80 * count,
  next: null,
});
