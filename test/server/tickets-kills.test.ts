/** Real processes that are killed in the midst of sales and refunds: nothing is lost, nothing happens twice. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Secrets, Settings } from '#config/index.ts';
import { refundDue } from '../../server/src/access/tickets.ts';
import { balanceOf, money } from '../../server/src/wallet/service.ts';
import { seeded } from '../kit/random.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp } from './app.ts';
import { buy, expectExact, key, ownedChannel, privateShow, signedInFan } from './commerce-kit.ts';

const main = resolve(import.meta.dirname, '../../server/src/main.ts');
const children: ChildProcess[] = [];
let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  const { varDir, secrets, secure: _secure, ...settings } = app.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify(Settings.parse(settings)));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(Secrets.parse(secrets)));
});
afterAll(() => app.stop());
afterEach(async () => {
  // A test that failed on its way leaves no process behind.
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await expectExact(app);
});

type Running = { readonly child: ChildProcess; readonly ready: Promise<void>; readonly gone: Promise<void> };

/** A process as production starts it. */
function start(role: 'api' | 'worker'): Running {
  const env = { ...process.env, STAGEDOOR_VAR: app.config.varDir, PORT: String(app.config.apiPorts[0]) };
  const child = fork(main, [role], { env, silent: true, execArgv: [] });
  children.push(child);
  const ready = new Promise<void>((done) => child.once('message', () => done()));
  return { child, ready, gone: new Promise((done) => child.once('exit', () => done())) };
}

test('a cancelled show, and one that never began, give every ticket back once, though the worker is killed on the way', async () => {
  const owned = await ownedChannel(app);
  const [cancelled, missed] = [await privateShow(app, owned), await privateShow(app, owned)];
  const fans = await Promise.all(Array.from({ length: 24 }, () => signedInFan(app, 100n)));
  await Promise.all(fans.map(({ cookie }, n) => buy(app, cookie, n % 2 ? cancelled : missed)));
  await app.call('POST', '/api/live-sessions/cancel', { cookie: owned.owner, body: { sessionId: cancelled } });
  const refunded = async (show: string) => {
    const [row] = await app.owner(
      "SELECT COUNT(*) AS n FROM ticket t JOIN live_show s ON s.id = t.showId WHERE s.publicId = ? AND t.state = 'refunded'",
      [show],
    );
    return Number(row?.['n']);
  };
  // The worker comes to stand at the sixth ticket, in the middle of what it has to do, and dies there.
  const rows = await app.owner(
    'SELECT t.id FROM ticket t JOIN live_show s ON s.id = t.showId WHERE s.publicId = ? ORDER BY t.id LIMIT 6',
    [cancelled],
  );
  await app.owner('START TRANSACTION');
  await app.owner('SELECT id FROM ticket WHERE id = ? FOR UPDATE', [rows[5]?.['id']]);
  const first = start('worker');
  const count = () =>
    app.platform.db.row<{ n: number }>(
      "SELECT COUNT(*) AS n FROM ticket WHERE state = 'refunded' AND refundReason = 'cancelled'",
    );
  await until(async () => (await count())?.n === 5, 'the worker gave five tickets back', 15_000, 20);
  first.child.kill('SIGKILL');
  await first.gone;
  await app.owner('ROLLBACK');
  expect(await refunded(cancelled)).toBe(5);
  await app.owner('UPDATE live_show SET startsAt = UTC_TIMESTAMP(3) - INTERVAL 61 MINUTE WHERE publicId = ?', [missed]);
  // Two workers and this process at once: a ticket goes back once all the same.
  const second = [start('worker'), start('worker')];
  await Promise.all([refundDue(app.platform.db, app.config), refundDue(app.platform.db, app.config)]);
  await until(async () => (await refunded(missed)) === 12, 'every ticket of the missed show is back', 20_000);
  for (const worker of second) worker.child.kill('SIGTERM');
  await Promise.all(second.map(({ gone }) => gone));
  expect(await refunded(cancelled)).toBe(12);
  for (const fan of fans) expect(await app.balanceOf(fan)).toBe(100n);
  expect(await balanceOf(app.platform.db, money.creator(owned.channel.ownerId, 'TOKEN'))).toBe(0n);
  const state = await app.call('GET', `/api/streams/${missed}/status`);
  expect(state.body).toMatchObject({ state: 'cancelled' });
  const notices = await app.owner(
    `SELECT JSON_VALUE(data, '$.reason') AS reason, COUNT(*) AS n FROM notice
     WHERE event = 'ticket.refunded' AND recipient IN (?) GROUP BY 1 ORDER BY 1`,
    [fans.map(({ userId }) => userId)],
  );
  expect(notices.map(({ reason, n }) => [reason, Number(n)])).toEqual([
    ['cancelled', 12],
    ['never_began', 12],
  ]);
});

/** The requests of many fans to a process that is about to die: whoever gets no answer asks again with the same key. */
async function askThenAgain(
  purchases: readonly { path: string; cookie: string; body: object; headers: Record<string, string> }[],
) {
  const { publicUrl, apiPorts } = app.config;
  const first = purchases.map(({ path, cookie, body, headers }) =>
    fetch(`http://127.0.0.1:${apiPorts[0]}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: publicUrl, cookie, ...headers },
      body: JSON.stringify(body),
    })
      .then((reply) => (reply.status === 200 ? reply.json() : null))
      .catch(() => null),
  );
  return {
    async settled() {
      const heard = (await Promise.all(first)) as (Record<string, unknown> | null)[];
      const again = await Promise.all(purchases.map(({ path, ...options }) => app.call('POST', path, options)));
      return again.map((answer, n) => ({ answer, heard: heard[n] ?? null }));
    },
  };
}

test('the api is killed under sales, three times: asked again with its key, each purchase is there once, as it was answered', async () => {
  const owned = await ownedChannel(app);
  const fans = await Promise.all(Array.from({ length: 12 }, () => signedInFan(app, 1000n)));
  const random = seeded(20261121);
  let answered = 0;
  for (let round = 1; round <= 3; round += 1) {
    const show = await privateShow(app, owned);
    const requests = fans.flatMap(({ cookie }) => [
      { path: `/api/streams/${show}/tickets/checkout`, cookie, body: {}, headers: key() },
      {
        path: '/api/tips/send',
        cookie,
        body: { amountTokens: 7, context: { channel: owned.channel.slug } },
        headers: key(),
      },
    ]);
    const api = start('api');
    await api.ready;
    const asked = await askThenAgain(requests);
    const [before] = await app.owner('SELECT COUNT(*) AS n FROM ledger_transfer');
    const booked = async () =>
      Number((await app.owner('SELECT COUNT(*) AS n FROM ledger_transfer'))[0]?.['n']) - Number(before?.['n']);
    const enough = 1 + Math.floor(random.next() * 12);
    await until(async () => (await booked()) >= enough, `${enough} bookings of 24`, 15_000, 1);
    api.child.kill('SIGKILL');
    await api.gone;
    for (const { answer, heard } of await asked.settled()) {
      expect(answer.status).toBe(200);
      if (heard === null) continue;
      answered += 1;
      expect([answer.body['transferId'], answer.body['tipId'], answer.body['ticketId']]).toEqual([
        heard['transferId'],
        heard['tipId'],
        heard['ticketId'],
      ]);
    }
    expect(await booked()).toBe(24);
    for (const fan of fans) expect(await app.balanceOf(fan)).toBe(1000n - 37n * BigInt(round));
  }
  // Else the kills came too early to try anything.
  expect(answered).toBeGreaterThan(0);
  expect(answered).toBeLessThan(72);
}, 90_000);
