/** Receipts for those whose booking it is. Made when asked for: the same booking says always the same. */
import type { QueryOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { getReceipt } from '#contract/receipts.ts';
import { channelById } from '../channels/service.ts';
import { isClaim } from '../payments/checkout.ts';
import type { Payments } from '../payments/payments.ts';
import { checkoutById, paymentByTransfer } from '../payments/store.ts';
import type { Sql } from '../platform/db.ts';
import type { Caller } from '../platform/http.ts';
import { type Transfer, transferById } from '../wallet/service.ts';
import { isPayout, type Parties, type Party, partiesOf, receiptBody } from './body.ts';
import { receiptKeys } from './keys.ts';
import { type Receipt, signReceipt } from './rules.ts';

/** A refund, a dispute, one that was won: no reversal is deeper. */
const REVERSAL_DEPTH = 3;

/** The sale that a booking takes back, or the booking itself. */
async function saleOf(sql: Sql, transfer: Transfer): Promise<Transfer> {
  let sale = transfer;
  for (let depth = 0; sale.reverses !== null && depth < REVERSAL_DEPTH; depth += 1) {
    sale = (await transferById(sql, sale.reverses)) ?? sale;
  }
  return sale;
}

/** Whether the purchase with this claim paid for the booking, or for what it takes back. */
async function isClaimed(ctx: Payments, transfer: Transfer, { checkout, claim }: Asked): Promise<boolean> {
  if (checkout === undefined || claim === undefined || !isClaim(ctx, checkout, claim)) return false;
  const row = await checkoutById(ctx.db, checkout);
  const payment = await paymentByTransfer(ctx.db, (await saleOf(ctx.db, transfer)).transferId);
  return row !== null && payment?.checkoutId === row.id;
}

type Asked = QueryOf<typeof getReceipt>;

/** The copies that this caller may have. */
async function copiesOf(
  ctx: Payments,
  transfer: Transfer,
  parties: Parties & { owner: string | null },
  asked: Asked,
  caller: () => Promise<Caller>,
): Promise<Party[]> {
  if (await isClaimed(ctx, transfer, asked)) return ['buyer'];
  const who = await caller();
  const sold = parties.creator !== null || parties.owner !== null;
  const bought = !isPayout(transfer);
  if (who.kind === 'admin') return [...(bought ? ['buyer' as const] : []), ...(sold ? ['creator' as const] : [])];
  if (who.kind !== 'user') return [];
  const isCreator = who.userId === (parties.creator ?? parties.owner);
  return [
    ...(bought && who.userId === parties.buyer ? ['buyer' as const] : []),
    ...(isCreator ? ['creator' as const] : []),
  ];
}

/**
 * The signed receipt of a booking: the buyer's copy, or the creator's with the shares. Throws receipt.none where there
 * is none, or where it is not the caller's.
 */
export async function receiptFor(
  ctx: Payments,
  transferId: string,
  asked: Asked,
  caller: () => Promise<Caller>,
): Promise<Receipt> {
  const transfer = await transferById(ctx.db, transferId);
  const parties = transfer && partiesOf(transfer);
  if (!transfer || !parties) throw new AppError('receipt.none');
  const channel = transfer.channelId === null ? null : await channelById(ctx.db, transfer.channelId);
  const all = { ...parties, owner: channel?.ownerId ?? null };
  const copies = await copiesOf(ctx, transfer, all, asked, caller);
  const party = asked.party === undefined ? copies[0] : copies.find((one) => one === asked.party);
  if (!party) throw new AppError('receipt.none');
  const about = { issuer: ctx.config.publicUrl, channelName: channel?.name ?? null };
  return signReceipt(receiptKeys(ctx.config.varDir), receiptBody(transfer, party, about));
}
