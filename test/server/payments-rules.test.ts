/** What is decided about purchases, on made-up values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accessUntil,
  codeTiming,
  disputeTakes,
  maskedEmail,
  priceOfTokens,
  refOfEvent,
  refundTakes,
  subscriptionState,
} from '../../server/src/payments/rules.ts';

const PACKS = [{ tokens: 500, priceMinor: 549 }];
const HOUR_MS = 3_600_000;

test('a pack has its own price; any other number costs in proportion, never less than it is worth', () => {
  expect(priceOfTokens(500, PACKS, 110)).toBe(549);
  expect(() => priceOfTokens(99, PACKS, 110)).toThrow('at once');
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 100_000 }), fc.integer({ min: 1, max: 10_000 }), (tokens, rate) => {
      const price = priceOfTokens(tokens, [], rate);
      expect(price * 100).toBeGreaterThanOrEqual(tokens * rate);
      expect((price - 1) * 100).toBeLessThan(tokens * rate);
    }),
  );
});

test('a code that lasts to the end of the show is not warned of; a later start never ends before it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 48 }),
      fc.nat(96 * 60),
      fc.option(fc.integer({ min: 1, max: 600 })),
      (hours, inMinutes, minutes) => {
        const show = { startsAtMs: inMinutes * 60_000, minutes };
        const { warning, laterStartMs } = codeTiming(0, hours, show);
        const showEndMs = show.startsAtMs + (minutes ?? 120) * 60_000;
        expect(warning === null).toBe(hours * HOUR_MS >= showEndMs && hours * HOUR_MS > show.startsAtMs);
        expect(laterStartMs === null).toBe(warning === null);
        if (laterStartMs !== null) expect(laterStartMs + hours * HOUR_MS).toBeGreaterThan(show.startsAtMs);
      },
    ),
  );
  expect(codeTiming(0, 8, null)).toEqual({ warning: null, laterStartMs: null });
});

test('no event of any shape makes us fail, and only known ones are about something', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (type, object) => {
      expect(refOfEvent(type, object).about).toBeDefined();
    }),
  );
  expect(refOfEvent('charge.dispute.created', { id: 'du_1', payment_intent: 'pi_1' })).toEqual({
    about: 'payment',
    id: 'pi_1',
  });
  expect(refOfEvent('refund.failed', { payment_intent: 'pi_1' })).toEqual({ about: 'payment', id: 'pi_1' });
  expect(refOfEvent('invoice.paid', { parent: { subscription_details: { subscription: 'sub_1' } } })).toEqual({
    about: 'subscription',
    id: 'sub_1',
  });
  expect(refOfEvent('invoice.paid', { parent: null })).toEqual({ about: 'nothing' });
  expect(refOfEvent('charge.succeeded', { payment_intent: 'pi_1' })).toEqual({ about: 'nothing' });
});

test('what opens, and until when', () => {
  const paidUntil = new Date('2026-12-01T00:00:00Z');
  const base = { state: 'active' as const, cancelAtPeriodEnd: false, endedAt: null, paidUntil };
  expect(accessUntil(base)).toEqual(new Date('2026-12-04T00:00:00Z'));
  expect(accessUntil({ ...base, state: 'past_due' })).toEqual(new Date('2026-12-04T00:00:00Z'));
  expect(accessUntil({ ...base, cancelAtPeriodEnd: true })).toEqual(paidUntil);
  const endedAt = new Date('2026-11-20T00:00:00Z');
  expect(accessUntil({ ...base, state: 'ended', endedAt })).toEqual(endedAt);
  expect(accessUntil({ ...base, state: 'ended', endedAt: new Date('2027-01-01T00:00:00Z') })).toEqual(paidUntil);
  expect([accessUntil({ ...base, state: 'incomplete' }), accessUntil({ ...base, paidUntil: null })]).toEqual([
    null,
    null,
  ]);
  expect(
    ['active', 'trialing', 'past_due', 'unpaid', 'incomplete', 'canceled', 'incomplete_expired', 'new word'].map(
      subscriptionState,
    ),
  ).toEqual(['active', 'active', 'past_due', 'past_due', 'incomplete', 'ended', 'ended', 'ended']);
  expect(['pending', 'succeeded', 'failed', 'canceled', null].map(refundTakes)).toEqual([
    true,
    true,
    false,
    false,
    true,
  ]);
  expect(['needs_response', 'under_review', 'lost', 'won', 'warning_closed', 'prevented'].map(disputeTakes)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(maskedEmail('ana@example.org')).toBe('a…@example.org');
});
