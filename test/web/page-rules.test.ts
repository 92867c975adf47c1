import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShowState } from '#contract/live-sessions.ts';
import { codesCsv } from '../../web/src/studio/csv.ts';
import { clockOf, clockOffset, spanOf } from '../../web/src/ui/time.ts';
import { routeOf } from '../../web/src/watch/route.ts';
import { decideView, type Known, onRefusal, pollDelayMs } from '../../web/src/watch/rules.ts';
import { orderStreams } from '../../web/src/watch/streams.ts';
import { current, SHOW, withAccess } from './answers.ts';

const known = (change: Partial<Known>): Known => ({
  current: null,
  notFound: false,
  away: false,
  lost: null,
  full: null,
  ...change,
});

const states = [...ShowState.options, 'none'] as const;

test('no combination is a dead end: there is a picture, a wait that ends by itself, or a field for a code', () => {
  const lost = fc.constantFrom(null, 'expired' as const, 'revoked' as const, 'taken_over' as const);
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.boolean(),
      lost,
      lost,
      fc.constantFrom(null, 'full' as const, 'address_full' as const),
      fc.boolean(),
      (state, access, lostA, lostB, full, url) => {
        const base = current({ state, access, accessLost: lostA, hlsUrl: access && url ? '/hls/x/master.m3u8' : null });
        const view = decideView(known({ current: base, lost: lostB, full }));
        if (view.panel === 'code') expect(view.playable).toBe(false);
        if (view.cover === null) expect(view.playable && access).toBe(true);
        expect(view.panel).not.toBe('none');
        expect(view.panel === 'access').toBe(access && lostB === null);
        if (view.pictureDue) expect(['live', 'preview']).toContain(state);
      },
    ),
  );
});

test('reconnecting and paused keep the player', () => {
  for (const state of ['reconnecting', 'paused'] as const) {
    const view = decideView(known({ current: withAccess({ state }) }));
    expect(view).toMatchObject({ cover: state, playable: true, pictureDue: false, panel: 'access' });
    // The server may leave the address out meanwhile; the player keeps what it has.
    expect(decideView(known({ current: withAccess({ state, hlsUrl: null }) })).playable).toBe(true);
  }
});

test('a server that is away takes nothing from the page', () => {
  expect(decideView(known({ current: withAccess(), away: true }))).toMatchObject({ cover: null, playable: true });
  expect(decideView(known({ away: true })).cover).toBe('unreachable');
});

test('a refusal at the playlist is believed at once where it is about the device, else asked after', () => {
  expect(onRefusal('code.taken_over')).toBe('taken_over');
  expect(onRefusal('show.full')).toBe('full');
  expect(onRefusal('show.address_full')).toBe('address_full');
  for (const code of ['grant.expired', 'grant.revoked', 'grant.required', 'show.paused'])
    expect(onRefusal(code)).toBe('recheck');
});

test('polls are spread', () => {
  expect(pollDelayMs(0)).toBeGreaterThan(3000);
  expect(pollDelayMs(1)).toBeLessThan(7000);
});

test('time left is never rounded up', () => {
  expect(spanOf(7 * 3_600_000 + 42 * 60_000 + 59_999)).toMatchObject({ unit: 'hours', h: 7, m: 42 });
  expect(spanOf(-5)).toMatchObject({ unit: 'seconds', s: 0 });
  expect(clockOf(3_725_900)).toBe('1:02:05');
  expect(clockOf(59_999)).toBe('0:59');
  expect(clockOffset(new Date(10_000).toISOString(), 4000, 6000)).toBe(5000);
});

test('addresses lead to pages', () => {
  expect(routeOf('/c/demo')).toEqual({ page: 'channel', slug: 'demo' });
  expect(routeOf('/c/Demo/')).toEqual({ page: 'channel', slug: 'demo' });
  expect(routeOf('/live')).toEqual({ page: 'live' });
  for (const path of ['/', '/streams', '/anything']) expect(routeOf(path)).toEqual({ page: 'streams' });
});

test('live ones come first, then the soonest', () => {
  const channel = { slug: 'demo', name: 'Demo' };
  const offer: { audience: ('code' | 'ticket')[]; ticketPrice: number | null } = {
    audience: ['code'],
    ticketPrice: null,
  };
  const base = { id: SHOW, title: null, channel, thumbnail: null, viewers: 0, startedAt: null, ...offer } as const;
  const ordered = orderStreams([
    { ...base, state: 'scheduled', startsAt: '2030-02-01T00:00:00Z' },
    { ...base, state: 'scheduled', startsAt: '2030-01-01T00:00:00Z' },
    { ...base, state: 'live', startsAt: null, viewers: 3 },
    { ...base, state: 'reconnecting', startsAt: null, viewers: 9 },
  ]);
  expect(ordered.map((item) => item.viewers + (item.startsAt ?? ''))).toEqual([
    '9',
    '3',
    '02030-01-01T00:00:00Z',
    '02030-02-01T00:00:00Z',
  ]);
});

test('a CSV of codes has a line a code, with the code in the fragment of its link', () => {
  const csv = codesCsv([{ code: 'PLI4F7K2M9QX', expiresAt: '2030-01-01T00:00:00.000Z' }], 'https://x.example/c/demo');
  expect(csv).toBe(
    'code,expires_at,link\r\nPLI4F7K2M9QX,2030-01-01T00:00:00.000Z,https://x.example/c/demo#code=PLI4F7K2M9QX\r\n',
  );
});
