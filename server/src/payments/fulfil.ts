/** What was paid is booked and handed over, in one transaction with whatever told of it. */
import { AppError } from '#contract/errors.ts';
import { issueCodes } from '../access/service.ts';
import { type Channel, channelById } from '../channels/service.ts';
import { addNotice } from '../notifications/outbox.ts';
import { audit } from '../platform/audit.ts';
import type { Tx } from '../platform/db.ts';
import { book, type Facts, money, plans } from '../wallet/service.ts';
import { userById } from './billing-store.ts';
import type { Payments } from './payments.ts';
import { maskedEmail } from './rules.ts';
import * as store from './store.ts';

/** What a payment is for: a checkout, or a month of a subscription. */
export type Sale = Pick<
  store.Checkout,
  'kind' | 'mode' | 'channelId' | 'userId' | 'email' | 'language' | 'currency' | 'creatorBps' | 'tokens' | 'plan'
> & {
  readonly checkoutId: number | null;
  readonly subscriptionId: number | null;
  /** What was paid, with the tax in it. */
  readonly amountMinor: number;
  readonly taxMinor: number;
  readonly paymentIntentId: string | null;
  readonly invoiceId: string | null;
  readonly periodEnd: Date | null;
  /** The ledger's key, e.g. `checkout:cs_…`. */
  readonly key: string;
};

const KINDS = { code: 'code_sale', tokens: 'topup', membership: 'membership', plan: 'plan' } as const;

/** Who bought, as creators' statements may say it. */
const buyerOf = ({ userId, email }: Sale): string | null => userId ?? (email ? maskedEmail(email) : null);

function planOf(sale: Sale, channel: Channel | null) {
  const { currency, userId, creatorBps } = sale;
  const paid = { minor: BigInt(sale.amountMinor), tax: BigInt(sale.taxMinor), currency };
  return (_balance: bigint, owed: bigint) => {
    if (sale.kind === 'tokens') {
      return plans.planTopup({ userId: userId ?? '', tokens: BigInt(sale.tokens ?? 0), ...paid, owed });
    }
    if (sale.kind === 'plan') return plans.planPlan(paid);
    return plans.planCashSale({ creatorId: channel?.ownerId ?? '', ...paid, creatorBps });
  };
}

function factsOf(sale: Sale, channel: Channel | null): Facts {
  const shares = money.split(BigInt(sale.amountMinor - sale.taxMinor), sale.kind === 'plan' ? 0 : sale.creatorBps);
  const split = sale.kind === 'tokens' ? {} : { creator: Number(shares.creator), platform: Number(shares.platform) };
  return {
    gross: sale.amountMinor,
    ...(sale.taxMinor > 0 ? { tax: sale.taxMinor } : {}),
    ...split,
    ...(sale.kind === 'tokens' ? { tokens: sale.tokens } : { bps: sale.kind === 'plan' ? 0 : sale.creatorBps }),
    currency: sale.currency,
    what: sale.kind,
    plan: sale.plan,
    channel: channel?.slug ?? null,
    buyer: buyerOf(sale),
    standIn: sale.mode === 'standin',
  };
}

async function tell(tx: Tx, sale: Sale, channel: Channel | null, transferId: string): Promise<void> {
  const paid = {
    what: sale.kind,
    amount: sale.amountMinor,
    ...(sale.taxMinor > 0 ? { tax: sale.taxMinor } : {}),
    currency: sale.currency,
    channel: channel?.slug ?? null,
    transferId,
  };
  const key = transferId;
  // A code's buyer hears of the code, which is worth more than of the payment.
  if (sale.kind !== 'code') {
    const to = { userId: sale.userId, email: sale.email, language: sale.language };
    await addNotice(tx, { event: 'payment.received', key, to, data: { role: 'buyer', ...paid } });
  }
  if (channel) {
    const owner = await userById(tx, channel.ownerId);
    // In the app alone: a mail for each sale would be too many.
    const to = { userId: owner ? channel.ownerId : null, email: null, language: owner?.language ?? ('en' as const) };
    await addNotice(tx, { event: 'payment.received', key, to, data: { role: 'seller', ...paid } });
  }
}

/** Books a payment, once for its key, and keeps it so that refunds find it. Returns the row. */
export async function bookSale(tx: Tx, { config }: Payments, sale: Sale): Promise<store.Payment> {
  const channel = sale.channelId === null ? null : await channelById(tx, sale.channelId);
  if (sale.kind === 'tokens' && !sale.userId) throw new Error('tokens without a wallet');
  const booked = await book(tx, config.secrets.ledgerKey, {
    kind: KINDS[sale.kind],
    payer: null,
    key: sale.key,
    request: {
      amount: sale.amountMinor,
      tax: sale.taxMinor || undefined,
      currency: sale.currency,
      tokens: sale.tokens,
    },
    ...(sale.kind === 'tokens' ? { debtOf: money.fan(sale.userId ?? '') } : {}),
    plan: planOf(sale, channel),
    facts: factsOf(sale, channel),
    channelId: sale.channelId,
  });
  const payment = await store.insertPayment(tx, { ...sale, transferId: booked.transferId });
  await tell(tx, sale, channel, booked.transferId);
  await audit(tx, {
    kind: 'payment.received',
    actor: 'stripe',
    subject: booked.transferId,
    details: {
      what: sale.kind,
      amount: sale.amountMinor,
      tax: sale.taxMinor,
      currency: sale.currency,
      channel: channel?.slug ?? null,
    },
  });
  return payment;
}

/** Issues the code that a checkout bought and tells the buyer. Returns its id. */
export async function handOverCode(tx: Tx, { config }: Payments, checkout: store.Checkout): Promise<string> {
  if (checkout.channelId === null) throw new Error('a code without a channel');
  const channel = await channelById(tx, checkout.channelId);
  const { email, language, startsAt, publicId } = checkout;
  const issue = { count: 1, email: email ?? undefined, startsAt };
  const [code] = await issueCodes(tx, config, channel, issue, publicId);
  if (!code) throw new AppError('internal');
  const to = { userId: checkout.userId, email, language };
  await addNotice(tx, { event: 'code.issued', key: code.id, to, data: { codeId: code.id } });
  return code.id;
}
