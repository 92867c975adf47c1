/** What is decided about earnings and payouts, for whatever figures. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PayoutState } from '#contract/payouts.ts';
import { availability, monthBounds, rangeOf, sorted } from '../../server/src/earnings/rules.ts';
import { minimumIn } from '../../server/src/earnings/service.ts';
import { assertPayable, cashFor, keyOfSending, type PayoutEvent, step } from '../../server/src/payouts/rules.ts';

const amount = fc.bigInt({ min: 0n, max: 10_000_000n });

test('what can be paid out is never young, never owed, and nothing of the balance is lost between the parts', () => {
  fc.assert(
    fc.property(amount, amount, amount, (balance, owed, young) => {
      const { available, held } = availability({ balance, owed, young });
      const covered = balance - available - held;
      expect(covered === owed || (covered === balance && balance < owed)).toBe(true);
      expect(available >= 0n && held >= 0n).toBe(true);
      expect(held <= young).toBe(true);
      const rest = balance - owed - young;
      expect(available).toBe(rest > 0n ? rest : 0n);
    }),
  );
});

test('the least payout in tokens is worth the least payout in cash, and one token less is not', () => {
  const terms = fc.record({
    currency: fc.constant('eur'),
    payoutRate: fc.integer({ min: 1, max: 1000 }),
    payoutMinimum: fc.integer({ min: 1, max: 100_000 }),
    payoutHoldDays: fc.constant(7),
  });
  fc.assert(
    fc.property(terms, (given) => {
      const least = minimumIn('TOKEN', given);
      expect(cashFor('TOKEN', least, given.payoutRate)).toBeGreaterThanOrEqual(BigInt(given.payoutMinimum));
      expect(cashFor('TOKEN', least - 1n, given.payoutRate)).toBeLessThan(BigInt(given.payoutMinimum));
      expect(minimumIn('eur', given)).toBe(BigInt(given.payoutMinimum));
    }),
  );
  expect(cashFor('eur', 1234n, 50)).toBe(1234n);
});

test('a payout is refused with what would be possible', () => {
  const limits = { minimum: 2000n, available: 5000n };
  expect(() => assertPayable(1999n, limits)).toThrow(expect.objectContaining({ details: { minimum: 2000 } }));
  expect(() => assertPayable(5001n, limits)).toThrow(expect.objectContaining({ details: { available: 5000 } }));
  expect(() => assertPayable(5000n, limits)).not.toThrow();
});

const EVENTS: readonly PayoutEvent[] = [
  'approved',
  'sent',
  'paid_by_hand',
  'rejected',
  'confirmed',
  'refused',
  'put_back',
  'some_back',
  'all_back',
];

test('whatever happens in whatever order, an ended payout stays, and what Stripe may have sent is not given back', () => {
  const over = new Set<PayoutState>(['rejected', 'failed', 'reversed']);
  const wasPaid = new Set<PayoutState>(['paid', 'partly_reversed']);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 20 }), (events) => {
      let state: PayoutState = 'requested';
      for (const event of events) {
        const before: PayoutState = state;
        try {
          state = step(state, event);
        } catch {
          continue;
        }
        expect(over.has(before)).toBe(false);
        if (wasPaid.has(before)) expect(['some_back', 'all_back']).toContain(event);
        else if (before === 'paying') expect(['confirmed', 'refused', 'put_back']).toContain(event);
        else expect(['confirmed', 'refused', 'put_back', 'some_back', 'all_back']).not.toContain(event);
        expect(PayoutState.options).toContain(state);
      }
    }),
  );
});

test('the first sending has the payout’s own id as its key, later ones keys of their own', () => {
  expect([1, 2, 3].map((sends) => keyOfSending('pot_x', sends))).toEqual(['pot_x', 'pot_x.2', 'pot_x.3']);
});

test('months have no gap between them, and a time is at most a year', () => {
  expect(monthBounds('2026-12').until).toEqual(monthBounds('2027-01').from);
  expect(monthBounds('2028-02').until.toISOString()).toBe('2028-03-01T00:00:00.000Z');
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(rangeOf({}, now).to.getTime() - rangeOf({}, now).from.getTime()).toBe(30 * 86_400_000);
  const tooLong = { from: '2025-01-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };
  expect(() => rangeOf(tooLong, now)).toThrow(expect.objectContaining({ code: 'earnings.range' }));
  expect(() => rangeOf({ from: '2026-11-21T11:00:00Z' }, now)).toThrow();
});

test('shows are in the order asked for, and two pages of it never hold the same show', () => {
  const show = fc.record({
    id: fc.integer({ min: 1, max: 1000 }),
    startsAtMs: fc.integer({ min: 0, max: 5 }),
    ticketsSold: fc.integer({ min: 0, max: 3 }),
    peakViewers: fc.integer({ min: 0, max: 3 }),
    ownTokens: fc.integer({ min: -2, max: 3 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(show, { selector: ({ id }) => id }), (shows) => {
      const turned = [...shows].reverse();
      for (const sort of ['newest', 'oldest', 'tickets', 'revenue', 'viewers'] as const) {
        expect(sorted(turned, sort)).toEqual(sorted(shows, sort));
      }
      const earned = sorted(shows, 'revenue').map(({ ownTokens }) => ownTokens);
      expect(earned).toEqual([...earned].sort((a, b) => b - a));
    }),
  );
});
