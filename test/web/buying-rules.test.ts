import { expect, test } from 'vitest';
import { phaseOf } from '../../web/src/account/checkout-rules.ts';
import { lastMonths } from '../../web/src/account/months.ts';
import { priceOf, savingOf } from '../../web/src/account/top-up-rules.ts';
import { internationalNumber, isEmail } from '../../web/src/ui/email.ts';
import { customPrice, packFor } from '../../web/src/ui/money.ts';
import { lockedWord, offersOf, startsOf, takesCodes } from '../../web/src/watch/ways/rules.ts';
import { current } from './answers.ts';
import { byCode, byMembership, byTicket, CHECKOUT, checkout, paidCode, paidTokens, shop } from './shop-answers.ts';

test('ways in are offered from the narrowest to the widest, and a show that is over sells no tickets', () => {
  const ways = [byMembership(), byCode(), byTicket()];
  expect(offersOf(current({ ways })).map(({ way }) => way)).toEqual(['ticket', 'code', 'membership']);
  expect(offersOf(current({ ways, state: 'ended' })).map(({ way }) => way)).toEqual(['code', 'membership']);
});

test('what is not sold is not offered, and a field for a code stands only where codes open the show', () => {
  const gift = current({ ways: [{ ...byCode(), priceMinor: null }] });
  expect(offersOf(gift)).toEqual([]);
  expect(takesCodes(gift)).toBe(true);
  expect(lockedWord(gift)).toBe('text');
  expect(takesCodes(current({ ways: [byTicket()] }))).toBe(false);
  expect(lockedWord(current({ ways: [byTicket()] }))).toBe('choose');
});

test('hours that would miss the planned show can start later; while something is on, at once comes first', () => {
  const planned = {
    ...shop().code,
    warning: 'ends_before' as const,
    showStartsAt: '2030-01-02T20:00:00.000Z',
    laterStart: '2030-01-02T19:45:00.000Z',
  };
  const now = Date.parse('2030-01-01T20:00:00Z');
  expect(startsOf(shop().code, now, false).map(({ startsAt }) => startsAt)).toEqual([null]);
  expect(startsOf(planned, now, false).map(({ startsAt }) => startsAt)).toEqual([planned.laterStart, null]);
  expect(startsOf(planned, now, true)[0]).toEqual({ startsAt: null, endsAtMs: now + 8 * 3_600_000 });
});

test('the smallest pack that covers what is missing is chosen; custom amounts are rounded up', () => {
  const { packs } = shop();
  expect(packFor(packs, 380)?.tokens).toBe(500);
  expect(packFor(packs, 501)?.tokens).toBe(1000);
  expect(packFor(packs, 2501)).toBeNull();
  expect(customPrice(101, 110)).toBe(112);
  expect(priceOf(shop(), 1000)).toBe(999);
  expect(priceOf(shop(), 99)).toBeNull();
  expect(priceOf(shop(), Number.NaN)).toBeNull();
  expect(savingOf(shop(), { tokens: 1000, priceMinor: 999 })).toBe(9);
});

test('a purchase is confirming only for who came back from paying', () => {
  const at = { id: CHECKOUT, claim: 'x', cancelled: false, returned: true };
  const known = { away: false, unknown: false, slow: false };
  expect(phaseOf({ ...known, at, view: checkout() })).toBe('confirming');
  expect(phaseOf({ ...known, at: { ...at, cancelled: true }, view: checkout() })).toBe('open');
  expect(phaseOf({ ...known, at: { ...at, returned: false }, view: checkout() })).toBe('open');
  expect(phaseOf({ ...known, at, view: paidCode() })).toBe('code');
  expect(phaseOf({ ...known, at, view: { ...paidCode(), code: null } })).toBe('mailed');
  expect(phaseOf({ ...known, at, view: paidTokens(500, 620) })).toBe('tokens');
  expect(phaseOf({ ...known, at, view: null, away: true })).toBe('away');
});

test('addresses and numbers are checked for slips of the finger', () => {
  expect(isEmail(' ana@example.org ')).toBe(true);
  for (const wrong of ['ana', 'ana@example', 'a b@example.org', '']) expect(isEmail(wrong)).toBe(false);
  expect(internationalNumber('0040 712-345.678')).toBe('+40712345678');
  expect(internationalNumber('0712 345 678')).toBeNull();
});

test('months are counted in UTC and over the turn of a year', () => {
  expect(lastMonths(new Date('2027-01-31T23:30:00Z'), 3)).toEqual(['2026-11', '2026-12', '2027-01']);
});
