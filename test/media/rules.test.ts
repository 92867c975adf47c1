import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Grant } from '#contract/grant.ts';
import type { Rendition } from '../../media/src/packager/rendition.ts';
import {
  AUDIO_DRIFT_MS,
  AudioClock,
  cutBefore,
  MAX_SEGMENT_MS,
  MIN_SEGMENT_MS,
} from '../../media/src/packager/rules.ts';
import { readAvcConfig } from '../../media/src/packager/sps.ts';
import { refusal } from '../../media/src/playlists/gate.ts';
import { isThere } from '../../media/src/playlists/reload.ts';
import { ACTIVE_MS, createSessions, FREE_PER_ADDRESS } from '../../media/src/playlists/sessions.ts';

const PART_MS = 200;

/** Cuts a stream of frames and returns the lengths of its whole segments and parts, ms. */
function cutAll(frames: { frameMs: number; key: boolean }[]) {
  const segments: { ms: number; key: boolean }[] = [];
  const parts: { ms: number; last: boolean }[] = [];
  let [now, segmentStartMs, partStartMs, frameMs] = [0, 0, 0, 33];
  for (const frame of frames) {
    const cut = cutBefore({ startMs: now, key: frame.key, frameMs }, { segmentStartMs, partStartMs }, PART_MS);
    if (cut !== 'none') {
      parts.push({ ms: now - partStartMs, last: cut === 'segment' });
      partStartMs = now;
    }
    if (cut === 'segment') {
      segments.push({ ms: now - segmentStartMs, key: frame.key });
      segmentStartMs = now;
    }
    now += frame.frameMs;
    frameMs = frame.frameMs;
  }
  return { segments, parts };
}

test('no segment is longer than the target, and none ends early but at a keyframe', () => {
  const frame = fc.record({ frameMs: fc.integer({ min: 8, max: 400 }), key: fc.boolean() });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 400 }), (frames) => {
      for (const { ms, key } of cutAll(frames).segments) {
        expect(ms).toBeLessThan(MAX_SEGMENT_MS + 400);
        if (ms < MAX_SEGMENT_MS) expect(key).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(MIN_SEGMENT_MS - 50);
      }
    }),
  );
});

test('at any steady frame rate parts are equally long within a frame’s jitter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 120 }), fc.integer({ min: 1, max: 8 }), (fps, keySeconds) => {
      const at = (i: number) => Math.round((i * 1000) / fps);
      const frames = Array.from({ length: fps * 20 }, (_, i) => ({
        frameMs: at(i + 1) - at(i),
        key: i % (fps * keySeconds) === 0,
      }));
      const lengths = cutAll(frames)
        .parts.filter((part) => !part.last)
        .map((part) => part.ms);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(0.85 * Math.max(...lengths));
      expect(Math.max(...lengths)).toBeLessThanOrEqual(PART_MS * 1.3);
    }),
  );
});

test('sound never goes back and never strays far from its timestamps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -15, max: 15 }), { minLength: 50, maxLength: 400 }),
      fc.integer({ min: 0, max: 900 }),
      (jitter, holeMs) => {
        const clock = new AudioClock(48_000, 1024);
        let [last, lastWantedMs] = [-1024, 0];
        for (const [i, offset] of jitter.entries()) {
          lastWantedMs = Math.max(0, Math.round((i * 1024) / 48) + offset + (i > 25 ? holeMs : 0));
          const ticks = clock.place(lastWantedMs);
          if (ticks === null) continue;
          expect(ticks).toBeGreaterThanOrEqual(last + 1024);
          last = ticks;
        }
        expect(Math.abs(last / 48 - lastWantedMs)).toBeLessThan(AUDIO_DRIFT_MS + 120);
      },
    ),
  );
});

test.each([0.97, 1.03])('a sound clock that runs at %s of real time is followed, not believed', (speed) => {
  const clock = new AudioClock(48_000, 1024);
  let [last, wantedMs] = [-1024, 0];
  for (let i = 0; i < 2000; i += 1) {
    wantedMs = Math.round((i * 1024 * speed) / 48);
    const ticks = clock.place(wantedMs);
    if (ticks === null) continue;
    expect(ticks).toBeGreaterThanOrEqual(last + 1024);
    last = ticks;
  }
  expect(Math.abs(last / 48 - wantedMs)).toBeLessThan(150);
});

test('a damaged SPS is refused or read, never an exception', () => {
  const good = Buffer.from('0164001effe1001b6764001eacd940a02ff9610000030001000003003c8f162d9601000568ebecb22c', 'hex');
  expect(readAvcConfig(good)).toMatchObject({ width: 640, height: 360, fps: 30, codec: 'avc1.64001e' });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(good.length),
      (changes, length) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        const config = readAvcConfig(bytes.subarray(0, length));
        if (config) expect(config.width * config.height).toBeGreaterThan(0);
      },
    ),
    { numRuns: 2000 },
  );
});

const NOW = 1_800_000_000_000;
const SHOW = 'shw_00000000000000000000000000' as Grant['show'];
const grantOf = (fields: Partial<Grant>): Grant => ({
  viewer: 'cod_a',
  device: 'd',
  show: SHOW,
  role: 'viewer',
  maxDevices: 2,
  issuedMs: NOW - 1000,
  untilMs: NOW + 1000,
  ...fields,
});

test.each([
  ['no grant', null, {}, 'grant.required'],
  ['another show', { show: 'shw_11111111111111111111111111' as Grant['show'] }, {}, 'grant.required'],
  ['at its last instant', { untilMs: NOW }, {}, 'grant.expired'],
  [
    'revoked for all devices',
    {},
    { revocations: [{ viewer: 'cod_a', device: null, beforeMs: NOW, reason: 'revoked' }] },
    'grant.revoked',
  ],
  [
    'revoked on another device',
    {},
    { revocations: [{ viewer: 'cod_a', device: 'x', beforeMs: NOW, reason: 'revoked' }] },
    null,
  ],
  [
    'issued after the revocation',
    {},
    { revocations: [{ viewer: 'cod_a', device: null, beforeMs: NOW - 1000, reason: 'revoked' }] },
    null,
  ],
  [
    'taken over',
    {},
    { revocations: [{ viewer: 'cod_a', device: 'd', beforeMs: NOW, reason: 'taken_over' }] },
    'code.taken_over',
  ],
  ['paused', {}, { paused: true }, 'show.paused'],
  ['paused, the creator', { role: 'creator' }, { paused: true }, null],
  ['a preview', {}, { audience: 'creator' }, 'show.not_started'],
  ['a preview, the creator', { role: 'creator' }, { audience: 'creator' }, null],
  ['all in order', {}, {}, null],
] as const)('the gate: %s', (_name, fields, situation, expected) => {
  const {
    revocations = [],
    paused = false,
    audience = 'everyone',
  } = { ...situation } as {
    revocations?: Parameters<typeof refusal>[2];
    paused?: boolean;
    audience?: 'everyone' | 'creator';
  };
  const grant = fields && grantOf(fields);
  expect(refusal(grant, { showId: SHOW, paused, audience }, revocations, NOW)).toBe(expected);
});

test('whatever viewers do, neither the limit of a viewer nor that of the show is passed', () => {
  const visit = fc.record({
    viewer: fc.constantFrom('cod_a', 'cod_b', 'cod_c', 'anon'),
    device: fc.constantFrom('d1', 'd2', 'd3'),
    sid: fc.constantFrom('s1', 's2', 's3', 's4'),
    waitMs: fc.constantFrom(0, 0, 10, 5000, ACTIVE_MS + 1),
  });
  fc.assert(
    fc.property(
      fc.array(visit, { maxLength: 120 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      (visits, limit, maxDevices) => {
        const sessions = createSessions();
        const seen = new Map<string, { owner: string; atMs: number }>();
        let now = NOW;
        for (const { viewer, device, sid, waitMs } of visits) {
          now += waitMs;
          const isFull = sessions.viewers(now) >= limit;
          const admission = sessions.admit(grantOf({ viewer, device, maxDevices }), sid, '10.0.0.1', limit, now);
          // Somebody who paid nothing may have made room; who it was, the next test says.
          if (admission.ok && isFull && viewer !== 'anon')
            for (const [key, { owner }] of seen) if (owner.startsWith('anon')) seen.delete(key);
          if (admission.ok)
            seen.set(admission.key, { owner: viewer === 'anon' ? `anon ${device}` : viewer, atMs: now });
          expect(sessions.viewers(now)).toBeLessThanOrEqual(limit);
          const alive = [...seen].filter(([key, { atMs }]) => atMs > now - ACTIVE_MS && !sessions.isEvicted(key));
          const perOwner = new Map<string, number>();
          for (const [, { owner }] of alive) perOwner.set(owner, (perOwner.get(owner) ?? 0) + 1);
          for (const count of perOwner.values()) expect(count).toBeLessThanOrEqual(maxDevices);
        }
      },
    ),
  );
});

test('a new session ends one of its own device first, else the oldest, which is told so', () => {
  const sessions = createSessions();
  const enter = (device: string, sid: string) => sessions.admit(grantOf({ device }), sid, '10.0.0.1', 100, NOW);
  enter('phone', 'one');
  enter('laptop', 'two');
  enter('laptop', 'three');
  expect(enter('laptop', 'two')).toEqual({ ok: false, code: 'code.taken_over' });
  expect(enter('phone', 'one').ok).toBe(true);
  enter('tv', 'four');
  expect(enter('phone', 'one')).toEqual({ ok: false, code: 'code.taken_over' });
  expect(sessions.viewers(NOW)).toBe(2);
});

const FULL = { ok: false, code: 'show.full' };
const free = (device: string) => grantOf({ viewer: 'anon', device });
const paid = (viewer: string) => grantOf({ viewer, device: viewer });

test('one address takes half of the places for nothing, and no more than that', () => {
  const sessions = createSessions();
  const enter = (n: number, address: string) => sessions.admit(free(`${address} ${n}`), 'one', address, 100, NOW);
  const come = (address: string) => Array.from({ length: 100 }, (_, n) => enter(n, address).ok).filter(Boolean).length;
  expect(come('10.0.0.1')).toBe(50);
  // The others still find twenty places an address.
  expect(come('10.0.0.2')).toBe(FREE_PER_ADDRESS);
  expect(come('10.0.0.3')).toBe(FREE_PER_ADDRESS);
  expect(come('10.0.0.4')).toBe(10);
});

test('of one address twenty devices watch for nothing in a room half full; who paid, and other addresses, are not counted', () => {
  const sessions = createSessions();
  const enter = (grant: Grant, address: string, sid = 'one', now = NOW) => sessions.admit(grant, sid, address, 40, now);
  const devices = Array.from({ length: FREE_PER_ADDRESS }, (_, n) => `d${n}`);
  for (const device of devices) expect(enter(free(device), '10.0.0.1').ok).toBe(true);
  expect(enter(free('more'), '10.0.0.1')).toEqual({ ok: false, code: 'show.address_full' });
  // A second tab is the same device, and who is inside stays inside.
  expect(enter(free('d0'), '10.0.0.1', 'two').ok).toBe(true);
  expect(enter(free('d1'), '10.0.0.1').ok).toBe(true);
  expect(enter(paid('cod_a'), '10.0.0.1').ok).toBe(true);
  expect(enter(free('more'), '10.0.0.2').ok).toBe(true);
  const later = NOW + ACTIVE_MS + 1;
  for (const device of devices.slice(1)) enter(free(device), '10.0.0.1', 'one', later - 10);
  expect(enter(free('late'), '10.0.0.1', 'one', later).ok).toBe(true);
  expect(enter(free('too late'), '10.0.0.1', 'one', later).ok).toBe(false);
});

test('in a full show the last who paid nothing makes room for who paid, never the other way round', () => {
  const sessions = createSessions();
  const enter = (grant: Grant, sid = 'one') => sessions.admit(grant, sid, '10.0.0.1', 3, NOW);
  const early = enter(free('early'));
  enter(paid('tkt_a'));
  expect(enter(free('last')).ok).toBe(true);
  expect(enter(free('last'), 'second tab').ok).toBe(true);
  expect(enter(paid('cod_b')).ok).toBe(true);
  expect(sessions.viewers(NOW)).toBe(3);
  expect([enter(free('last')), enter(free('last'), 'second tab'), enter(free('new'))]).toEqual([FULL, FULL, FULL]);
  expect(enter(free('early'))).toEqual(early);
  expect(enter(paid('sub_c')).ok).toBe(true);
  expect(enter(free('early'))).toEqual(FULL);
  // Only who paid is there now: nobody makes room any more.
  expect(enter(paid('cod_d'))).toEqual(FULL);
  expect(sessions.viewers(NOW)).toBe(3);
  // It was told to come again, not that its right is gone.
  expect(sessions.isEvicted(early.ok ? early.key : '')).toBe(false);
});

test('joins and leaves are reported until acknowledged', () => {
  const sessions = createSessions();
  sessions.admit(grantOf({}), 'one', '10.0.0.1', 100, NOW);
  const joined = sessions.unreported();
  expect(joined).toMatchObject([{ joinedMs: NOW, leftMs: null }]);
  sessions.viewers(NOW + ACTIVE_MS + 1);
  sessions.acknowledge(joined);
  expect(sessions.unreported()).toMatchObject([{ joinedMs: NOW, leftMs: NOW }]);
  sessions.acknowledge(sessions.unreported());
  expect(sessions.unreported()).toEqual([]);
});

test('a part beyond the last of a segment means the first of the next one', () => {
  const segment = (msn: number, parts: number, state: string) => ({
    boundary: { msn },
    parts: Array.from({ length: parts }),
    state,
  });
  const rendition = (...segments: object[]) => ({ ended: false, segments }) as unknown as Rendition;
  const one = rendition(segment(4, 10, 'whole'), segment(5, 3, 'open'));
  expect(isThere(one, { msn: 5, part: 2 })).toBe(true);
  expect(isThere(one, { msn: 5, part: 3 })).toBe(false);
  expect(isThere(one, { msn: 4, part: 99 })).toBe(true);
  expect(isThere(one, { msn: 5, part: null })).toBe(false);
  expect(isThere(rendition(segment(5, 10, 'whole')), { msn: 5, part: 10 })).toBe(false);
});
