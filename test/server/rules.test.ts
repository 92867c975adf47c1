import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShowState } from '#contract/live-sessions.ts';
import { displaced, fold, format, isWellFormed, refusal, symbolCount } from '../../server/src/access/rules.ts';
import { limitKey } from '../../server/src/platform/address.ts';
import { isOwnOrigin } from '../../server/src/platform/origin.ts';
import {
  audienceOf,
  endOfTest,
  eventOf,
  graceIsOver,
  isRunning,
  mayShowPicture,
  refusePublish,
  step,
} from '../../server/src/shows/rules.ts';

const prefix = fc.stringMatching(/^[A-Z]{2,4}$/);
const code = fc
  .tuple(prefix, fc.integer({ min: 6, max: 10 }))
  .chain(([p, wanted]) =>
    fc.uint8Array({ minLength: symbolCount(p, wanted), maxLength: symbolCount(p, wanted) }).map((r) => format(p, r)),
  );

test('every code that can be issued is well formed, however it is typed', () => {
  fc.assert(
    fc.property(code, fc.func(fc.nat(3)), (issued, choose) => {
      const typed = [...issued]
        .map((c, i) => [c, c.toLowerCase(), `${c} `, `-${c}`][choose(i)] ?? c)
        .join('')
        .replaceAll('0', 'O')
        .replaceAll('1', 'l');
      expect(isWellFormed(fold(issued))).toBe(true);
      expect(fold(typed)).toBe(fold(issued));
      expect(issued.length).toBeLessThanOrEqual(12);
    }),
  );
});

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 64 }), (typed) => {
      expect(fold(fold(typed))).toBe(fold(typed));
    }),
  );
});

test('no two codes that differ in a symbol fold into one', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 9, maxLength: 9 }),
      fc.nat(8),
      fc.integer({ min: 1, max: 31 }),
      (r, at, by) => {
        const other = Uint8Array.from(r, (byte, i) => (i === at ? (byte + by) % 256 : byte));
        expect(fold(format('PLI', other))).not.toBe(fold(format('PLI', r)));
      },
    ),
  );
});

test('a code opens its channel exactly while its hours have begun and it is neither expired nor withdrawn', () => {
  const [expired, revoked, early] = [fc.boolean(), fc.boolean(), fc.boolean()];
  const facts = fc.record({ channel: fc.constantFrom('a', 'b'), expired, revoked, early });
  fc.assert(
    fc.property(facts, (f) => {
      const opens = refusal(fold('PLI7K3M9Q2XA'), f, 'a') === null;
      expect(opens).toBe(f.channel === 'a' && !f.expired && !f.revoked && !f.early);
    }),
  );
});

test('after one more came in, at most maxDevices are left, and only the oldest went', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), (active, max) => {
      const out = displaced(active, max);
      expect(active.length - out.length + 1).toBeLessThanOrEqual(Math.max(max, 1));
      expect(active.slice(0, out.length)).toEqual([...out]);
      if (active.length < max) expect(out).toEqual([]);
    }),
  );
});

const events = fc.constantFrom(
  ...([
    'published',
    'first_segment',
    'first_preview',
    'opened',
    'publish_lost',
    'paused',
    'resumed',
    'grace_expired',
    'stopped',
    'cancelled',
  ] as const),
);

test('a show that is over stays over, and every running show can be ended', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (sequence) => {
      let state: ShowState = 'scheduled';
      for (const event of sequence) {
        const before: ShowState = state;
        try {
          state = step(state, event);
        } catch {
          state = before;
        }
        if (before === 'ended' || before === 'cancelled') expect(state).toBe(before);
        if (isRunning(state)) expect(step(state, 'stopped')).toBe('ended');
      }
    }),
  );
});

test('any report on any show is an event that the table permits, and the same report again changes nothing', () => {
  const facts = fc.record({
    test: fc.boolean(),
    state: fc.constantFrom(...ShowState.options),
    goLiveMode: fc.constantFrom('auto' as const, 'manual' as const),
    opened: fc.boolean(),
    settledMs: fc.nat(20_000),
  });
  fc.assert(
    fc.property(
      facts,
      fc.constantFrom('connecting' as const, 'playing' as const, 'lost' as const, 'absent' as const),
      (f, said) => {
        const event = eventOf(said, f);
        if (event === null) return;
        // No test is ever live or paused, so no report finds one that is.
        if (f.test && (f.state === 'live' || f.state === 'paused')) return;
        const state = step(f.state, event, f.test);
        expect(eventOf(said, { ...f, state, opened: f.opened || state === 'live' })).toBe(null);
        if (state === 'preview') expect(audienceOf(f)).toBe('creator');
        expect(f.state).not.toBe('paused');
      },
    ),
  );
});

test('whatever happens to a test stream, it is the creator’s alone, cannot be opened and can be ended', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (sequence) => {
      let state: ShowState = 'scheduled';
      for (const event of sequence) {
        const before: ShowState = state;
        try {
          state = step(state, event, true);
        } catch {
          state = before;
        }
        expect(['scheduled', 'starting', 'preview', 'reconnecting', 'ended', 'cancelled']).toContain(state);
        expect(() => step(before, 'opened', true)).toThrow();
        if (isRunning(state)) expect(step(state, 'stopped', true)).toBe('ended');
        for (const goLiveMode of ['auto', 'manual'] as const) {
          expect(audienceOf({ test: true, goLiveMode, opened: true })).toBe('creator');
          for (const hasAccess of [true, false]) {
            const viewer = { hasAccess, publicPicture: true };
            expect(mayShowPicture({ state, test: true, opened: true }, viewer)).toBe(false);
          }
        }
      }
    }),
  );
});

test('a test ends at its limit, and at once where a show has come due', () => {
  expect(endOfTest({ ageSeconds: 899, showDue: false }, 900)).toBe(null);
  expect(endOfTest({ ageSeconds: 900, showDue: false }, 900)).toBe('time_over');
  expect(endOfTest({ ageSeconds: 1, showDue: true }, 900)).toBe('show_due');
});

test('the grace time ends at its second', () => {
  expect([graceIsOver(119_999, 120), graceIsOver(120_000, 120), graceIsOver(0, 0)]).toEqual([false, true, true]);
});

test('the same key may always come back; another one only where nobody sends', () => {
  const running = { isOwnShow: true, ingestKeyId: 'key_a' };
  const base = { keyId: 'key_a', ownShow: null, namedChannel: null, channel: 'demo', revoked: false };
  for (const ingestState of ['connecting', 'playing', 'lost', null]) {
    expect(refusePublish({ ...base, running: { ...running, ingestState } })).toBe(null);
    const other = refusePublish({ ...base, keyId: 'key_b', running: { ...running, ingestState } });
    expect(other).toBe(ingestState === 'playing' || ingestState === 'connecting' ? 'publish.other_key_live' : null);
  }
  expect(refusePublish({ ...base, running: null, namedChannel: 'else' })).toBe('publish.wrong_channel');
  expect(refusePublish({ ...base, running: null, ownShow: 'ended' })).toBe('publish.show_over');
});

test('a limit counts an IPv6 network as one caller, however it is written', () => {
  expect(limitKey('2001:db8:0:1::5')).toBe(limitKey('2001:0db8:0000:0001:ffff::9'));
  expect(limitKey('2001:db8:0:2::5')).not.toBe(limitKey('2001:db8:0:1::5'));
  expect(limitKey('::ffff:10.1.2.3')).toBe('10.1.2.3');
});

test('only our own pages may change anything', () => {
  const https = 'https://live.example.org';
  expect(isOwnOrigin(https, https, 'evil')).toBe(true);
  expect(isOwnOrigin(https, 'https://evil.example', 'evil.example')).toBe(false);
  expect(isOwnOrigin(https, 'http://live.example.org', 'live.example.org')).toBe(false);
  expect(isOwnOrigin('http://localhost:8080', 'http://127.0.0.1:8080', '127.0.0.1:8080')).toBe(true);
  expect(isOwnOrigin('http://localhost:8080', 'http://evil.example', '127.0.0.1:8080')).toBe(false);
  expect(isOwnOrigin('http://localhost:8080', undefined, 'localhost:8080')).toBe(false);
  expect(isOwnOrigin('http://localhost:8080', 'null', 'localhost:8080')).toBe(false);
});
