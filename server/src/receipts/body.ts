/** Which receipts a booking has, and what each says. Pure: from the transfer alone, and the channel's name of now. */
import type { Transfer } from '../wallet/service.ts';
import { type money, plans } from '../wallet/service.ts';
import type { ReceiptBody } from './rules.ts';

export type Party = 'buyer' | 'creator';

/** Bookings between a buyer and whoever sells; gifts, debts and held payouts are nobody's sale. */
const OF_SALES = new Set([
  'topup',
  'tip',
  'ticket',
  'code_sale',
  'membership',
  'plan',
  'call_block',
  'refund',
  'dispute',
  'dispute_won',
]);

const textOf = (transfer: Transfer, name: string): string | null => {
  const value = transfer.facts[name];
  return typeof value === 'string' ? value : null;
};

/** A payout that was paid, or what came back of one. */
export const isPayout = ({ kind }: Transfer): boolean => kind === 'payout_paid' || kind === 'payout_reversed';
const creatorPaid = ({ lines }: Transfer): string | null =>
  lines.find(({ account }) => account.kind === 'payout' || account.kind === 'creator')?.account.owner ?? null;

/** Accounts of the people whose receipt it is; null where nobody with an account has that side. */
export type Parties = { readonly buyer: string | null; readonly creator: string | null };

/** Null where the booking has no receipt. */
export function partiesOf(transfer: Transfer): Parties | null {
  if (isPayout(transfer)) return { buyer: null, creator: creatorPaid(transfer) };
  const sides = plans.sidesOf(transfer.lines);
  if (!OF_SALES.has(transfer.kind) || !sides) return null;
  const { source, holder } = sides;
  // Tokens that the operator gave were bought by nobody.
  if (source.kind === 'gift') return null;
  const named = textOf(transfer, 'buyer');
  const account = source.kind === 'fan' ? source.owner : holder.kind === 'fan' ? holder.owner : null;
  const buyer = account ?? (named?.startsWith('usr_') ? named : null);
  return { buyer, creator: holder.kind === 'creator' ? holder.owner : textOf(transfer, 'creatorId') };
}

const sizeOf = (amount: bigint): number => Math.abs(Number(amount));

function sumOf({ lines }: Transfer, currency: string, kinds: readonly money.AccountKind[]): number {
  const own = lines.filter(({ account }) => account.currency === currency && kinds.includes(account.kind));
  return sizeOf(own.reduce((sum, { amount }) => sum + amount, 0n));
}

function payoutFields(transfer: Transfer): Pick<ReceiptBody, 'amount' | 'currency'> & Partial<ReceiptBody> {
  const tokens = sumOf(transfer, 'TOKEN', ['payout', 'creator']);
  const cash = transfer.lines.find(({ account }) => account.kind === 'bank');
  const paid = sizeOf(cash?.amount ?? 0n);
  return {
    currency: cash?.account.currency ?? '',
    amount: paid,
    ...(tokens > 0 ? { tokens } : {}),
  };
}

function saleFields(transfer: Transfer, party: Party): Pick<ReceiptBody, 'amount' | 'currency'> & Partial<ReceiptBody> {
  const sides = plans.sidesOf(transfer.lines);
  if (!sides) throw new Error('a sale has two sides');
  const { currency } = sides.source;
  const amount = Number(sides.gross);
  const tokens = sides.holder.kind === 'fan' ? { tokens: sumOf(transfer, 'TOKEN', ['fan', 'debt']) } : {};
  // Only where there is some, so that receipts of before are said as they always were.
  const taxed = sumOf(transfer, currency, ['tax']);
  const tax = taxed > 0 ? { tax: taxed } : {};
  if (party === 'buyer') return { currency, amount, ...tax, ...tokens };
  const { bps } = transfer.facts;
  return {
    currency,
    amount,
    ...tax,
    creatorShare: sumOf(transfer, currency, ['creator', 'debt']),
    platformShare: sumOf(transfer, currency, ['platform']),
    creatorBps: typeof bps === 'number' ? bps : null,
  };
}

/** What a receipt says. Amounts are above zero; of a refund they are what went back. */
export function receiptBody(
  transfer: Transfer,
  party: Party,
  { issuer, channelName }: { readonly issuer: string; readonly channelName: string | null },
): ReceiptBody {
  const fields = isPayout(transfer) ? payoutFields(transfer) : saleFields(transfer, party);
  return {
    format: 'stagedoor-receipt/1',
    issuer,
    transferId: transfer.transferId,
    kind: transfer.kind,
    what: textOf(transfer, 'what') ?? transfer.kind,
    at: transfer.at.toISOString(),
    party,
    channel: textOf(transfer, 'channel'),
    channelName,
    show: textOf(transfer, 'show'),
    reverses: transfer.reverses,
    // Nobody shall take a receipt of the stand-in for one of money.
    standIn: transfer.facts['standIn'] === true,
    ...fields,
  };
}
