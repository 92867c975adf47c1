/** The doctor's sum: tokens should bring what creators are paid for them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastOf100, priceFinding } from '../../scripts/cli/doctor-prices.ts';

const prices = (change: Partial<Parameters<typeof leastOf100>[0]> = {}) => ({
  tokenPacks: [
    { tokens: 500, priceMinor: 549 },
    { tokens: 2500, priceMinor: 2399 },
  ],
  tokenPrice: 110,
  payoutRate: 100,
  stripeTax: 'none' as const,
  currency: 'eur',
  ...change,
});

test('the cheapest pack counts, less the tax in it', () => {
  expect(leastOf100(prices())).toBeCloseTo(95.96);
  expect(leastOf100(prices({ stripeTax: 'exclusive' }))).toBeCloseTo(95.96);
  expect(leastOf100(prices({ stripeTax: 'inclusive' }))).toBeCloseTo(75.559, 2);
  expect(leastOf100(prices({ tokenPrice: 50 }))).toBe(50);
});

test('the prices that set-up begins with pay for themselves; a tax in them is said to cost', () => {
  expect(priceFinding(prices(), 8000)).toMatchObject({ level: 'good' });
  const finding = priceFinding(prices({ stripeTax: 'inclusive' }), 8000);
  expect(finding).toMatchObject({ level: 'warning', advice: expect.stringContaining('STAGEDOOR_PAYOUT_RATE') });
  expect(finding.what).toContain('75.6 after a tax of 27 %');
  expect(finding.what).toContain('80.0');
});

test('it is called good just where any pack, bought and paid out, leaves the operator nothing to add', () => {
  const pack = fc.record({
    tokens: fc.integer({ min: 1, max: 10_000 }),
    priceMinor: fc.integer({ min: 50, max: 99_999 }),
  });
  const share = fc.integer({ min: 5000, max: 10_000 });
  fc.assert(
    fc.property(fc.array(pack, { minLength: 1 }), fc.integer({ min: -3, max: 3 }), share, (tokenPacks, off, bps) => {
      // Rates about the border, where it matters.
      const border = Math.round((leastOf100(prices({ tokenPacks })) * 10_000) / bps);
      const given = prices({ tokenPacks, payoutRate: Math.max(1, border + off) });
      const good = priceFinding(given, bps).level === 'good';
      const costs = [...tokenPacks, { tokens: 100, priceMinor: given.tokenPrice }].some(
        ({ tokens, priceMinor }) => tokens * given.payoutRate * bps > priceMinor * 100 * 10_000 * (1 + 1e-9),
      );
      expect(good).toBe(!costs);
    }),
  );
});
