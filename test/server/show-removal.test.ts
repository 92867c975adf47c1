/** A show is deleted only where nothing names it: nothing was ever sold for it, and it never ran. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './app.ts';
import {
  buy,
  expectExact,
  goLive,
  key,
  type Owned,
  outcomes,
  ownedChannel,
  privateShow,
  signedInFan,
} from './commerce-kit.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());
afterEach(() => expectExact(app));

const remove = ({ owner }: Owned, show: string) => app.call('DELETE', `/api/streams/${show}`, { cookie: owner });
const cancel = ({ owner }: Owned, sessionId: string) =>
  app.call('POST', '/api/live-sessions/cancel', { cookie: owner, body: { sessionId } });

type Listed = { showId: string; deletable: boolean; refundTokens: number; ticketsSold: number };
async function listed({ channel, owner }: Owned): Promise<Map<string, Listed>> {
  const { body } = await app.call('GET', `/api/studio/dashboard?channel=${channel.slug}`, { cookie: owner });
  return new Map((body['shows'] as Listed[]).map((show) => [show.showId, show]));
}

test('planned or cancelled, unsold and never run: it is gone, its key is revoked, the audit tells of it', async () => {
  const owned = await ownedChannel(app);
  const { channel, owner } = owned;
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const prepared = await app.call('POST', '/api/live-sessions/start', {
    cookie: owner,
    body: { channel: channel.slug, title: 'Not after all', startsAt },
  });
  const [first, second] = [String(prepared.body['showId']), await privateShow(app, owned)];
  await cancel(owned, second);
  expect([...(await listed(owned)).values()].map(({ deletable }) => deletable)).toEqual([true, true]);
  expect(await remove(owned, first)).toMatchObject({ status: 200, body: { id: first, deleted: true } });
  expect((await remove(owned, second)).status).toBe(200);
  expect((await listed(owned)).size).toBe(0);
  expect(await remove(owned, first)).toMatchObject({ status: 404, body: { code: 'show.not_found' } });
  expect((await app.call('GET', `/api/streams/${first}/status`)).status).toBe(404);
  // Its encoder is told that the key is revoked, not that nobody knows it.
  const [row] = await app.owner('SELECT keyHash FROM stream_key WHERE channelId = ?', [channel.id]);
  expect((await app.media.authorize(String(row?.['keyHash']))).body).toMatchObject({ reason: 'publish.revoked_key' });
  const [noted] = await app.owner(
    "SELECT actor, details FROM audit_event WHERE kind = 'show.deleted' AND subject = ?",
    [first],
  );
  expect(noted).toMatchObject({ actor: channel.ownerId, details: expect.stringContaining('Not after all') });
});

test('sold tickets: cancelling is named as the way, also once they are given back', async () => {
  const owned = await ownedChannel(app);
  const show = await privateShow(app, owned);
  const fans = [await signedInFan(app, 50n), await signedInFan(app, 50n)];
  const bought: Answer[] = [];
  for (const { cookie } of fans) bought.push(await buy(app, cookie, show));
  expect((await listed(owned)).get(show)).toMatchObject({ deletable: false, refundTokens: 60, ticketsSold: 2 });
  expect(await remove(owned, show)).toMatchObject({ status: 409, body: { code: 'show.cancel_instead' } });
  // A part of one ticket, and the whole other one, went back: that much less is to go back.
  await app.call('POST', '/api/refunds', {
    cookie: owned.owner,
    headers: key(),
    body: { transferId: bought[0]?.body['transferId'], amount: 10, reason: 'late' },
  });
  await app.call('POST', `/api/streams/${show}/tickets/${String(bought[1]?.body['ticketId'])}/refund`, {
    cookie: owned.owner,
    headers: key(),
    body: {},
  });
  expect((await listed(owned)).get(show)).toMatchObject({ deletable: false, refundTokens: 20, ticketsSold: 1 });
  expect((await remove(owned, show)).body['code']).toBe('show.cancel_instead');
  await cancel(owned, show);
  expect(await remove(owned, show)).toMatchObject({ status: 409, body: { code: 'show.kept' } });
  expect((await listed(owned)).get(show)).toMatchObject({ deletable: false, refundTokens: 0 });
});

test('what ran stays, a test stream is nothing that can be deleted, and another creator’s show is not found out', async () => {
  const owned = await ownedChannel(app);
  const { showId } = await goLive(app, owned.channel);
  expect((await remove(owned, showId)).body['code']).toBe('show.kept');
  await app.call('POST', '/api/live-sessions/end', { cookie: owned.owner, body: { sessionId: showId } });
  expect((await remove(owned, showId)).body['code']).toBe('show.kept');
  const trial = await app.call('POST', '/api/live-sessions/start', {
    cookie: owned.owner,
    body: { channel: owned.channel.slug, test: true },
  });
  expect((await remove(owned, String(trial.body['showId']))).body['code']).toBe('show.not_found');
  const other = await ownedChannel(app);
  expect((await remove(other, await privateShow(app, owned))).body['code']).toBe('auth.forbidden');
});

test('sold and deleted at the same moment: either the ticket is sold and the show stays, or neither', async () => {
  const owned = await ownedChannel(app);
  for (let round = 0; round < 8; round += 1) {
    const show = await privateShow(app, owned);
    const fan = await signedInFan(app, 30n);
    const [bought, gone] = await Promise.all([buy(app, fan.cookie, show), remove(owned, show)]);
    const all = outcomes([bought, gone]);
    if (gone.status === 200) expect(all).toEqual({ done: 1, 'show.not_found': 1 });
    else expect(all).toEqual({ done: 1, 'show.cancel_instead': 1 });
    expect(await app.balanceOf(fan)).toBe(gone.status === 200 ? 30n : 0n);
  }
});
