/** Every audience beside everything that a visitor can hold: who gets a grant, and by which right. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Grant, readGrant } from '#contract/grant.ts';
import type { SubscriptionId } from '#contract/ids.ts';
import type { Way } from '#contract/live-sessions.ts';
import { refusal } from '../../media/src/playlists/gate.ts';
import { setMembership } from '../../server/src/access/members.ts';
import { bestRight, saleOf } from '../../server/src/access/rights.ts';
import { audienceText, waysOf } from '../../server/src/channels/rules.ts';
import { newId } from '../../server/src/platform/ids.ts';
import { offered } from '../../server/src/shows/rules.ts';
import type { Answer, TestApp } from './app.ts';
import { report, startApp } from './app.ts';
import { buy, goLive, type Owned, ownedChannel, privateShow, signedInFan } from './commerce-kit.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const WAYS: readonly Way[] = ['everybody', 'code', 'ticket', 'membership'];
const ways = fc.uniqueArray(fc.constantFrom(...WAYS), { minLength: 1 });
const held = fc.record({ owner: fc.boolean(), code: fc.boolean(), ticket: fc.boolean(), membership: fc.boolean() });

test('what a right opens, more rights and a wider audience open too; an audience survives its column', () => {
  fc.assert(
    fc.property(ways, ways, held, held, (audience, more, have, also) => {
      const before = bestRight(audience, have);
      const richer = {
        owner: have.owner || also.owner,
        code: have.code || also.code,
        ticket: have.ticket || also.ticket,
        membership: have.membership || also.membership,
      };
      if (before !== null) {
        expect(bestRight(audience, richer)).not.toBeNull();
        expect(bestRight([...new Set([...audience, ...more])], have)).not.toBeNull();
      }
      expect(new Set(waysOf(audienceText(audience)))).toEqual(new Set(audience));
    }),
  );
});

test('a ticket is sold exactly while there is a seat, or a replay after the end', () => {
  const state = fc.constantFrom('scheduled', 'live', 'paused', 'reconnecting', 'ended', 'cancelled' as const);
  const show = fc.record({
    audience: ways,
    ticketPrice: fc.option(fc.nat(1000)),
    state,
    seats: fc.nat(5),
    promised: fc.nat(6),
    hasReplay: fc.boolean(),
  });
  fc.assert(
    fc.property(show, (one) => {
      const sale = saleOf(one as Parameters<typeof saleOf>[0]);
      if (sale === 'open') expect(one.promised).toBeLessThan(one.seats);
      if (sale === 'open') expect(['ended', 'cancelled']).not.toContain(one.state);
      if (sale === 'replay') expect([one.state, one.hasReplay]).toEqual(['ended', true]);
      expect(sale === 'free').toBe(one.ticketPrice === null || !one.audience.includes('ticket'));
    }),
  );
});

test('a private stream always has a price and is open to tickets; a public one never', () => {
  const offer = fc.record({
    type: fc.constantFrom('public' as const, 'private' as const),
    ticketPrice: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
    audience: fc.option(ways, { nil: undefined }),
  });
  fc.assert(
    fc.property(offer, (one) => {
      let made: ReturnType<typeof offered>;
      try {
        made = offered(one, ['code']);
      } catch {
        return;
      }
      expect(made.audience.includes('ticket')).toBe(one.type === 'private');
      expect(made.ticketPrice !== null).toBe(one.type === 'private');
      expect(made.audience.includes('everybody') && made.audience.includes('ticket')).toBe(false);
      expect(made.audience.length).toBeGreaterThan(0);
    }),
  );
});

const grantOf = (answer: Answer): Grant | null => {
  const cookie = answer.cookies.find((text) => text.startsWith(app.names.grant))?.split(/[=;]/)[1];
  return cookie ? readGrant(app.config.secrets.grantSecret, cookie) : null;
};
const current = ({ channel }: Owned, cookie?: string) =>
  app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, cookie ? { cookie } : {});

const becomeMember = (owned: Owned, userId: string, more: object = {}, id = newId('sub') as SubscriptionId) =>
  app.platform.db.transaction((tx) =>
    setMembership(tx, {
      userId,
      channelId: owned.channel.id,
      subscriptionId: id,
      state: 'active',
      until: new Date(Date.now() + 30 * 86_400_000),
      ...more,
    }),
  );

/** All that a visitor may hold, and the cookies that show it. */
async function visitors(owned: Owned, show: string) {
  const all: { code: boolean; ticket: boolean; membership: boolean; cookie: string }[] = [];
  for (const code of [false, true])
    for (const ticket of [false, true])
      for (const membership of [false, true]) {
        const cookies: string[] = [];
        if (code) {
          const { code: text } = await app.make.code(owned.channel);
          cookies.push(app.deviceCookie(await app.validate(text, owned.channel.slug)));
        }
        if (ticket || membership) {
          const fan = await signedInFan(app, 30n);
          cookies.push(fan.cookie);
          if (ticket) expect((await buy(app, fan.cookie, show)).status).toBe(200);
          if (membership) await becomeMember(owned, fan.userId);
        }
        all.push({ code, ticket, membership, cookie: cookies.join('; ') });
      }
  return all;
}

test('audience × what the visitor holds: a grant by the best right, or none, and media agrees', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned, { startsAt: new Date().toISOString() });
  const everyone = await visitors(owned, show);
  const live = await goLive(app, owned.channel);
  const audiences = Array.from({ length: 15 }, (_, n) => WAYS.filter((_way, bit) => ((n + 1) >> bit) & 1)).filter(
    (list) => !(list.includes('everybody') && list.includes('ticket')),
  );
  expect(audiences).toHaveLength(11);
  for (const audience of audiences) {
    await app.owner('UPDATE live_show SET audience = ? WHERE publicId = ?', [audience.join(','), show]);
    const { revocations } = await app.media.sync([report(live, 'playing')]);
    for (const { cookie, ...has } of everyone) {
      // Written out once more, on purpose not by the rule that is tried.
      const expected = audience.includes('everybody')
        ? 'everybody'
        : has.ticket
          ? 'ticket'
          : has.membership && audience.includes('membership')
            ? 'membership'
            : has.code && audience.includes('code')
              ? 'code'
              : null;
      const answer = await current(owned, cookie);
      const what = `${audience.join('+')} for ${JSON.stringify(has)}`;
      expect([what, answer.body['accessBy'], answer.body['access']]).toEqual([what, expected, expected !== null]);
      const grant = grantOf(answer);
      // Among those who pay nothing who has paid for anything keeps a place of their own.
      const paid = has.ticket ? 'ticket' : has.membership ? 'membership' : has.code ? 'code' : 'everybody';
      const by = expected === 'everybody' ? paid : expected;
      const prefix = { everybody: 'anon', ticket: 'tkt_', membership: 'sub_', code: 'cod_' }[by ?? 'code'];
      expect([what, grant?.viewer.slice(0, 4) ?? null]).toEqual([what, expected === null ? null : prefix]);
      expect(grant?.maxDevices).toBe(expected === null ? undefined : by === expected ? 2 : 10);
      // What opens no cookie jar opens the same by its address, whatever the way in.
      const inPath = /^\/hls\/g\/([^/]+)\/(shw_\w+)\/master\.m3u8$/.exec(String(answer.body['nativeUrl']));
      expect([what, inPath?.[2] ?? null]).toEqual([what, expected === null ? null : show]);
      expect([what, inPath?.[1] ?? null]).toEqual([what, answer.body['grant']]);
      expect(readGrant(app.config.secrets.grantSecret, inPath?.[1] ?? '')).toEqual(grant);
      if (expected === 'everybody') expect(answer.body).toMatchObject({ accessUntil: null, secondsLeft: null });
      const seat = { showId: show, audience: 'everyone', paused: false } as const;
      expect([what, refusal(grant, seat, revocations, Date.now())]).toEqual([what, expected ? null : 'grant.required']);
      expect(answer.body['hlsUrl'] !== null).toBe(expected !== null);
      const listed = (answer.body['ways'] as { way: Way; has: boolean; priceTokens: number | null }[]) ?? [];
      expect(listed.map(({ way }) => way).sort()).toEqual([...audience].sort());
      for (const { way, has: mine, priceTokens } of listed) {
        if (way !== 'everybody') expect([what, way, mine]).toEqual([what, way, has[way] && audience.includes(way)]);
        expect(priceTokens).toBe(way === 'ticket' ? 30 : null);
      }
      const access = await app.call('GET', `/api/streams/${show}/access`, { cookie });
      expect([what, access.body['hasAccess']]).toEqual([what, expected !== null]);
    }
    expect((await current(owned, owned.owner)).body).toMatchObject({ access: true, accessBy: 'owner' });
  }
}, 60_000);

test('a free show asks for no account: each device has a grant of its own, and keeps its cookie', async () => {
  const owned = await ownedChannel(app, { audience: 'everybody' });
  expect((await current(owned)).body).toMatchObject({
    access: true,
    state: 'none',
    ways: [{ way: 'everybody', has: true }],
  });
  expect((await current(owned)).cookies).toEqual([]);
  await goLive(app, owned.channel);
  const [one, two] = [await current(owned), await current(owned)];
  const devices = [one, two].map((answer) => grantOf(answer)?.device);
  expect(devices[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(devices[0]).not.toBe(devices[1]);
  const again = await current(owned, app.deviceCookie(one));
  expect(grantOf(again)).toMatchObject({ viewer: 'anon', device: devices[0], role: 'viewer', maxDevices: 2 });
  expect(again.cookies.some((text) => text.startsWith(app.names.device))).toBe(false);
  const { code } = await app.make.code(owned.channel);
  expect((await app.validate(code, owned.channel.slug)).body['grant']).not.toBeNull();
});

test('a show that codes do not open gives a code no grant, by neither door', async () => {
  const owned = await ownedChannel(app, { audience: 'membership' });
  await goLive(app, owned.channel);
  const { code } = await app.make.code(owned.channel);
  const entered = await app.validate(code, owned.channel.slug);
  expect(entered).toMatchObject({ status: 200, body: { valid: true, grant: null } });
  expect((await current(owned, app.deviceCookie(entered))).body).toMatchObject({
    access: false,
    accessBy: null,
    hlsUrl: null,
  });
});

test('a membership opens while it is paid for or dunned; its end stops whoever watches by it, and a new one opens again', async () => {
  const owned = await ownedChannel(app, { audience: 'membership', membershipPriceMinor: 499 });
  const live = await goLive(app, owned.channel);
  const fan = await signedInFan(app, 0n);
  const id = newId('sub') as SubscriptionId;
  expect((await current(owned, fan.cookie)).body).toMatchObject({
    access: false,
    signedIn: true,
    ways: [{ way: 'membership', has: false, priceMinor: 499, priceTokens: null }],
  });
  await becomeMember(owned, fan.userId, { state: 'past_due' }, id);
  const first = grantOf(await current(owned, fan.cookie));
  expect(first?.viewer).toBe(id);
  const seat = { showId: live.showId, audience: 'everyone', paused: false } as const;
  const gate = async (grant: Grant | null) =>
    refusal(grant, seat, (await app.media.sync([report(live, 'playing')])).revocations, Date.now());
  expect(await gate(first)).toBeNull();
  await becomeMember(owned, fan.userId, { state: 'ended' }, id);
  expect(await gate(first)).toBe('grant.revoked');
  expect((await current(owned, fan.cookie)).body).toMatchObject({ access: false, accessLost: 'expired' });
  await becomeMember(owned, fan.userId, {}, id);
  expect(await gate(grantOf(await current(owned, fan.cookie)))).toBeNull();
  // What is paid for ends by itself, though nobody said so.
  const soon = new Date(Date.now() + 3000);
  await becomeMember(owned, fan.userId, { until: soon }, id);
  expect(grantOf(await current(owned, fan.cookie))?.untilMs).toBe(soon.getTime());
  await becomeMember(owned, fan.userId, { until: new Date(Date.now() - 1000) }, id);
  expect((await current(owned, fan.cookie)).body).toMatchObject({ access: false, accessLost: 'expired' });
});

test('the channel’s setting is what its shows are open to, unless a show says otherwise', async () => {
  const owned = await ownedChannel(app);
  const { channel, owner } = owned;
  const edit = await app.call('PATCH', `/api/channels/${channel.slug}`, {
    cookie: owner,
    body: { audience: ['membership', 'code'] },
  });
  expect(edit.body['audience']).toEqual(['code', 'membership']);
  const plan = (body: object) =>
    app.call('POST', '/api/streams/create', { cookie: owner, body: { channel: channel.slug, ...body } });
  expect((await plan({})).body).toMatchObject({ type: 'public', audience: ['code', 'membership'], ticketPrice: null });
  expect((await plan({ audience: ['everybody'] })).body).toMatchObject({ audience: ['everybody'] });
  expect((await plan({ type: 'private', ticketPrice: 9, audience: ['membership'] })).body).toMatchObject({
    type: 'private',
    audience: ['ticket', 'membership'],
    ticketPrice: 9,
    ticketsSold: 0,
  });
  expect(
    (await app.call('PATCH', `/api/channels/${channel.slug}`, { cookie: owner, body: { audience: ['ticket'] } }))
      .status,
  ).toBe(400);
  expect(
    (await app.call('PATCH', `/api/channels/${channel.slug}`, { cookie: owner, body: { audience: [] } })).status,
  ).toBe(400);
  const start = { channel: channel.slug, audience: ['everybody'] };
  expect((await app.call('POST', '/api/live-sessions/start', { cookie: owner, body: start })).status).toBe(200);
  await goLive(app, channel);
  expect((await current(owned)).body).toMatchObject({ access: true, accessBy: 'everybody' });
});

test('a planned show can be changed until tickets are sold for its time and its audience', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned);
  const edit = (body: object) => app.call('PATCH', `/api/streams/${show}`, { cookie: owned.owner, body });
  expect((await edit({ title: 'Later', ticketPrice: 20, audience: ['code'] })).body).toMatchObject({
    title: 'Later',
    ticketPrice: 20,
    audience: ['code', 'ticket'],
    type: 'private',
  });
  expect(
    (await edit({ title: null, startsAt: new Date(Date.now() + 7_200_000).toISOString() })).body['title'],
  ).toBeNull();
  expect((await edit({ audience: ['everybody'] })).body).toMatchObject({ code: 'request.invalid' });
  const fan = await signedInFan(app, 50n);
  expect((await buy(app, fan.cookie, show)).body).toMatchObject({ newBalance: 30 });
  const moves = [
    { startsAt: new Date(Date.now() + 9_000_000).toISOString() },
    { audience: ['membership'] },
    { ticketPrice: null },
  ];
  for (const body of moves) expect((await edit(body)).body).toMatchObject({ code: 'show.tickets_sold' });
  const other = await signedInFan(app, 50n);
  expect((await buy(app, other.cookie, show)).status).toBe(200);
  expect((await edit({ viewerLimit: 1 })).body).toMatchObject({ code: 'show.seats_sold', details: { sold: 2 } });
  expect((await edit({ viewerLimit: 2 })).body).toMatchObject({ viewerLimit: 2 });
  expect((await edit({ title: 'Kept', ticketPrice: 25 })).body).toMatchObject({
    title: 'Kept',
    ticketPrice: 25,
    ticketsSold: 2,
  });
  await app.call('POST', '/api/live-sessions/cancel', { cookie: owned.owner, body: { sessionId: show } });
  expect((await edit({ title: 'x' })).body).toMatchObject({ code: 'show.illegal_transition' });
});

test('a planned show begins to sell tickets and ceases to, as long as none is sold', async () => {
  const owned = await ownedChannel(app);
  const body = { channel: owned.channel.slug, startsAt: new Date(Date.now() + 3_600_000).toISOString() };
  const { body: made } = await app.call('POST', '/api/streams/create', { cookie: owned.owner, body });
  const edit = (changes: object) =>
    app.call('PATCH', `/api/streams/${String(made['id'])}`, { cookie: owned.owner, body: changes });
  const sells = await edit({ ticketPrice: 30, audience: ['ticket'] });
  expect(sells.body).toMatchObject({ type: 'private', ticketPrice: 30, audience: ['ticket'] });
  // Without tickets nobody would be let in: who else may watch has to be said.
  expect(await edit({ ticketPrice: null })).toMatchObject({ status: 400, body: { details: { field: 'audience' } } });
  const free = await edit({ ticketPrice: null, audience: ['everybody'] });
  expect(free.body).toMatchObject({ type: 'public', ticketPrice: null, audience: ['everybody'] });
  expect(await edit({ ticketPrice: 30 })).toMatchObject({ status: 400, body: { details: { field: 'audience' } } });
});
