/** The plans of every kind of transfer, by property: nothing is made or lost, and what is taken back is exact. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idempotencyKey } from '../../server/src/platform/idempotency.ts';
import * as plans from '../../server/src/wallet/plans.ts';
import type { AccountKind, Posting } from '../../server/src/wallet/rules.ts';
import * as rules from '../../server/src/wallet/rules.ts';

const AMOUNT = fc.bigInt({ min: 1n, max: 10_000_000_000n });
const BPS = fc.integer({ min: 0, max: 10_000 });
const [FAN, CREATOR] = ['usr_fan', 'usr_creator'];

const sumOf = (lines: readonly Posting[], kind: AccountKind, currency = 'TOKEN') =>
  lines
    .filter(({ account }) => account.kind === kind && account.currency === currency)
    .reduce((sum, { amount }) => sum + amount, 0n);

const least = (a: bigint, b: bigint) => [a, b].sort((x, y) => Number(x - y))[0];

const add = (balances: Map<string, bigint>, lines: readonly Posting[]) => {
  for (const { account, amount } of lines) {
    const name = rules.nameOf(account);
    balances.set(name, (balances.get(name) ?? 0n) + amount);
  }
};

/** A part of a hundred: taxes of any rate, and none. */
const TAX = fc.bigInt({ min: 0n, max: 99n });
const taxed = (minor: bigint, percent: bigint) => ({ minor, tax: (minor * percent) / 100n, currency: 'eur' });

const saleOf = (amount: fc.Arbitrary<bigint>) =>
  fc.oneof(
    fc
      .tuple(amount, BPS)
      .map(([tokens, creatorBps]) => plans.planTip({ fanId: FAN, creatorId: CREATOR, tokens, creatorBps })),
    fc
      .tuple(amount, TAX, BPS)
      .map(([minor, tax, creatorBps]) => plans.planCashSale({ creatorId: CREATOR, ...taxed(minor, tax), creatorBps })),
    fc.tuple(amount, TAX).map(([minor, tax]) => plans.planPlan(taxed(minor, tax))),
    fc
      .tuple(amount, amount, TAX, fc.bigInt({ min: 0n, max: 10_000_000_000n }))
      .map(([tokens, minor, tax, owed]) => plans.planTopup({ userId: FAN, tokens, ...taxed(minor, tax), owed })),
    amount.map((tokens) => plans.planGift({ userId: FAN, tokens })),
  );
const sale = saleOf(AMOUNT);

test('every sale balances in each currency, and the shares of a split are the whole', () => {
  fc.assert(fc.property(sale, (lines) => rules.assertBalanced(lines)));
  fc.assert(
    fc.property(AMOUNT, BPS, (gross, bps) => {
      const shares = rules.split(gross, bps);
      expect(shares.creator + shares.platform).toBe(gross);
      // The remainder is the creator's.
      expect(shares.creator * 10_000n).toBeGreaterThanOrEqual(gross * BigInt(bps));
      expect(shares.platform).toBeGreaterThanOrEqual(0n);
    }),
  );
});

test('partial refunds in any pieces and any standing sum to the whole sale, to the unit', () => {
  const pieces = fc.array(fc.bigInt({ min: 1n, max: 4_000_000_000n }), { maxLength: 6 });
  const funds = fc.bigInt({ min: 0n, max: 12_000_000_000n });
  fc.assert(
    fc.property(sale, pieces, funds, (original, wanted, balance) => {
      const sides = plans.sidesOf(original);
      if (!sides) throw new Error('a sale has sides');
      const { gross, holder } = sides;
      const personal = holder.kind !== 'platform';
      const standing = { balance: personal ? balance : 0n, owed: 0n };
      const back = new Map<string, bigint>();
      let reversed = 0n;
      // The last piece is whatever is left.
      for (const piece of [...wanted, gross]) {
        const amount = least(piece, gross - reversed) ?? 0n;
        if (amount === 0n) break;
        const lines = plans.planRefund({ original, reversed, amount, standing });
        rules.assertBalanced(lines);
        standing.balance += lines.find(({ account }) => rules.sameAccount(account, holder))?.amount ?? 0n;
        expect(personal ? standing.balance : 0n).toBeGreaterThanOrEqual(0n);
        expect(sumOf(lines, 'debt', holder.currency)).toBeLessThanOrEqual(0n);
        add(back, lines);
        reversed += amount;
      }
      expect(reversed).toBe(gross);
      // A debt is the holder's: both together give exactly what the holder got.
      add(back, original);
      const owing = rules.nameOf(rules.debt(holder.owner, holder.currency));
      const name = rules.nameOf(holder);
      back.set(name, (back.get(name) ?? 0n) + (personal ? (back.get(owing) ?? 0n) : 0n));
      if (personal) back.delete(owing);
      expect([...back.values()].every((sum) => sum === 0n)).toBe(true);
    }),
  );
});

test('of a taxed sale nobody shares in the tax, and a refund of any part takes from nobody more than it gives back', () => {
  const amount = fc.bigInt({ min: 2n, max: 3000n });
  fc.assert(
    fc.property(amount, TAX, BPS, fc.array(fc.bigInt({ min: 1n, max: 40n })), (minor, percent, creatorBps, pieces) => {
      const { tax } = taxed(minor, percent);
      const original = plans.planCashSale({ creatorId: CREATOR, minor, tax, currency: 'eur', creatorBps });
      const shares = rules.split(minor - tax, creatorBps);
      expect(sumOf(original, 'tax', 'eur')).toBe(tax);
      expect(sumOf(original, 'creator', 'eur')).toBe(shares.creator);
      expect(sumOf(original, 'platform', 'eur')).toBe(shares.platform);
      let reversed = 0n;
      for (const piece of [...pieces, minor]) {
        const part = least(piece, minor - reversed) ?? 0n;
        if (part === 0n) break;
        const standing = { balance: minor, owed: 0n };
        const lines = plans.planRefund({ original, reversed, amount: part, standing });
        expect(sumOf(lines, 'stripe', 'eur')).toBe(part);
        reversed += part;
        // To the unit what all of it together would be, and no line turned round.
        for (const kind of ['tax', 'platform', 'creator'] as const) expect(sumOf(lines, kind, 'eur') <= 0n).toBe(true);
        const whole = plans.planRefund({ original, reversed: 0n, amount: reversed, standing });
        expect(sumOf(whole, 'tax', 'eur')).toBe(-((tax * reversed) / minor));
      }
    }),
  );
});

test('more than is left is refused, with what is left', () => {
  const original = plans.planTip({ fanId: FAN, creatorId: CREATOR, tokens: 10n, creatorBps: 8000 });
  const refund = (reversed: bigint, amount: bigint) =>
    plans.planRefund({ original, reversed, amount, standing: { balance: 100n, owed: 0n } });
  expect(() => refund(4n, 7n)).toThrow(
    expect.objectContaining({ code: 'wallet.refund_too_large', details: { left: 6 } }),
  );
  expect(() => refund(10n, 1n)).toThrow(expect.objectContaining({ code: 'wallet.refund_too_large' }));
  expect(() => refund(0n, 0n)).toThrow(expect.objectContaining({ code: 'wallet.refund_too_large' }));
  const hold = plans.planPayoutHold({ creatorId: CREATOR, currency: 'TOKEN', amount: 5n });
  expect(() =>
    plans.planRefund({ original: hold, reversed: 0n, amount: 1n, standing: { balance: 0n, owed: 0n } }),
  ).toThrow(expect.objectContaining({ code: 'wallet.not_refundable' }));
});

test('debts never rise above zero, and are paid before anything is kept', () => {
  const owed = fc.bigInt({ min: 0n, max: 1000n });
  fc.assert(
    fc.property(owed, fc.bigInt({ min: 0n, max: 1000n }), (debt, balance) => {
      const lines = plans.planDebtRecovery(rules.creator(CREATOR, 'eur'), { balance, owed: debt });
      expect(sumOf(lines, 'debt', 'eur')).toBe(least(debt, balance));
      expect(sumOf(lines, 'debt', 'eur') + sumOf(lines, 'creator', 'eur')).toBe(0n);
    }),
  );
  fc.assert(
    fc.property(owed, AMOUNT, (debt, tokens) => {
      const lines = plans.planTopup({ userId: FAN, tokens, minor: 5n, currency: 'eur', owed: debt });
      expect(sumOf(lines, 'debt')).toBe(least(debt, tokens));
      expect(sumOf(lines, 'fan')).toBe(tokens - sumOf(lines, 'debt'));
    }),
  );
});

test('a dispute that was won gives back what it took, debts first', () => {
  fc.assert(
    fc.property(sale, fc.bigInt({ min: 0n, max: 10_000_000_000n }), (original, balance) => {
      const sides = plans.sidesOf(original);
      if (!sides) throw new Error('a sale has sides');
      const standing = { balance: sides.holder.kind === 'platform' ? 0n : balance, owed: 0n };
      const { gross } = sides;
      const dispute = plans.planRefund({ original, reversed: 0n, amount: gross, standing });
      const owed = -sumOf(dispute, 'debt', sides.holder.currency);
      expect(plans.sidesOf(dispute)).toMatchObject({ gross, holder: sides.holder });
      const won = plans.planRefund({ original: dispute, reversed: 0n, amount: gross, standing: { balance: 0n, owed } });
      const both = new Map<string, bigint>();
      add(both, dispute);
      add(both, won);
      expect([...both.values()].every((sum) => sum === 0n)).toBe(true);
    }),
  );
});

test('a part of any size can be given back as well, also one that was tax alone or bought no whole token', () => {
  const small = fc.bigInt({ min: 1n, max: 60n });
  fc.assert(
    fc.property(saleOf(small), fc.bigInt({ min: 0n, max: 59n }), small, small, (original, before, piece, balance) => {
      const sides = plans.sidesOf(original);
      if (!sides) throw new Error('a sale has sides');
      const reversed = before % sides.gross;
      const amount = least(piece, sides.gross - reversed) ?? 0n;
      const standing = { balance: balance - 1n, owed: 0n };
      const taken = plans.planRefund({ original, reversed, amount, standing });
      expect(plans.sidesOf(taken)).toMatchObject({ gross: amount, source: sides.source });
      // Whoever it was taken from is who has it again, also where all of it became debt.
      const { owner } = sides.holder;
      const fromPerson = owner !== '' && taken.some(({ account }) => account.owner === owner);
      if (fromPerson) expect(plans.sidesOf(taken)?.holder).toEqual(sides.holder);
      const owed = -sumOf(taken, 'debt', sides.holder.currency);
      const given = plans.planRefund({ original: taken, reversed: 0n, amount, standing: { balance: 0n, owed } });
      rules.assertBalanced(given);
      const both = new Map<string, bigint>();
      add(both, taken);
      add(both, given);
      expect([...both.values()].every((sum) => sum === 0n)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('payouts: what is held leaves or comes back; tokens cease and the reserve pays at the rate', () => {
  fc.assert(
    fc.property(AMOUNT, fc.integer({ min: 1, max: 1000 }), (amount, payoutRate) => {
      const payout = { creatorId: CREATOR, currency: 'TOKEN', amount };
      const balances = new Map<string, bigint>();
      add(balances, plans.planPayoutHold(payout));
      add(balances, plans.planPayoutReturned(payout));
      expect([...balances.values()].every((sum) => sum === 0n)).toBe(true);
      const paid = plans.planPayoutPaid({ ...payout, cash: 'eur', payoutRate });
      rules.assertBalanced(paid);
      expect(sumOf(paid, 'bank', 'eur')).toBe((amount * BigInt(payoutRate)) / 100n);
      const cash = plans.planPayoutPaid({ ...payout, currency: 'eur', cash: 'eur', payoutRate });
      expect(sumOf(cash, 'bank', 'eur')).toBe(amount);
    }),
  );
});

test('an amount or a balance that JSON could not carry exactly is refused', () => {
  const tokens = BigInt(Number.MAX_SAFE_INTEGER) + 1n;
  expect(() => rules.assertBalanced(plans.planGift({ userId: FAN, tokens }))).toThrow(/too large/);
  rules.assertBalanced(plans.planGift({ userId: FAN, tokens: tokens - 1n }));
  const gift = plans.planGift({ userId: FAN, tokens: tokens - 1n });
  expect(() => rules.balanceAfter(rules.fan(FAN), 1n, gift)).toThrow(/too large/);
});

test('nobody but the payer can be taken from', () => {
  const lines = plans.planTip({ fanId: FAN, creatorId: CREATOR, tokens: 10n, creatorBps: 8000 });
  rules.assertTakesFromPayer(lines, rules.fan(FAN));
  expect(() => rules.assertTakesFromPayer(lines, rules.creator(CREATOR, 'TOKEN'))).toThrow(/without being paid/);
  expect(() => rules.assertTakesFromPayer(lines, null)).toThrow(/without being paid/);
});

test('a command that moves money needs a key of 8 to 64 harmless characters', () => {
  const sent = (key?: string) => idempotencyKey({ get: () => key } as unknown as Parameters<typeof idempotencyKey>[0]);
  expect(sent('0f8fad5b-d9cb-469f-a165-70867728950e')).toBe('0f8fad5b-d9cb-469f-a165-70867728950e');
  for (const key of [undefined, '', 'short', 'x'.repeat(65), 'with a space', 'line\nbreak-1234', 'umläute-1234'])
    expect(() => sent(key)).toThrow(expect.objectContaining({ code: 'request.idempotency_key' }));
});
