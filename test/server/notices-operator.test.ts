/** What the operator is told by mail: a payout that waits, a payment that does not fit, codes that are guessed. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '#config/index.ts';
import { mailFindings } from '../../scripts/cli/doctor-mail.ts';
import { makeGuesses } from '../../server/src/access/guesses.ts';
import { noticeSources } from '../../server/src/compose.ts';
import { makeMailRun } from '../../server/src/notifications/deliver.ts';
import { openMailer } from '../../server/src/notifications/mailer.ts';
import { makeLimiter } from '../../server/src/platform/limits.ts';
import type { TestSmtp } from '../kit/smtp.ts';
import { startSmtp } from '../kit/smtp.ts';
import { creatorsOf, type Owned } from './creators-kit.ts';
import { type Shop, startShop } from './payments-rig.ts';

let shop: Shop;
let smtp: TestSmtp;
beforeAll(async () => {
  shop = await startShop();
  smtp = await startSmtp();
});
afterAll(async () => {
  await smtp.leave();
  await shop.stop();
});

const OPERATOR = 'operator@example.org';
const configured = (operatorEmail?: string): Config => {
  const { config } = shop.app.platform;
  const secrets = { ...config.secrets, smtpUrl: smtp.url };
  return { ...config, mailFrom: 'live@example.org', ...(operatorEmail ? { operatorEmail } : {}), secrets };
};
/** Sends what is due, as the worker of an install with this address of the operator does. */
async function deliver(operatorEmail?: string): Promise<void> {
  const { db, log, sockets } = shop.app.platform;
  const config = configured(operatorEmail);
  const mailer = openMailer(config);
  await makeMailRun({ db, log, sockets, mailer, sources: noticeSources({ config, db }), stopping: () => false })();
  mailer?.close();
}
const toOperator = (event: string) =>
  smtp.for(OPERATOR).flatMap(({ mail }) => (mail.text?.includes(event) || mail.subject?.includes(event) ? [mail] : []));
const outbox = async (event: string) => {
  const bearer = shop.app.config.secrets.adminApiKey;
  const { body } = await shop.app.call('GET', `/api/admin/outbox?event=${event}`, { bearer });
  return body['mails'] as { id: string; to: string; state: string; lastError: string | null }[];
};

test('a payout that is asked for makes one mail to the operator, with amount, creator and where to decide', async () => {
  const { app } = shop;
  const channel = (await app.make.channel({ creatorBps: 10_000 })) as Owned;
  const creators = creatorsOf(app);
  await creators.age((await creators.codeSale(channel, 10_000n)).transferId, 30);
  const cookie = await app.signIn(channel);
  const body = { channel: channel.slug, currency: 'eur', amount: 4000 };
  const key = randomUUID();
  const ask = () => app.call('POST', '/api/payouts', { cookie, body, headers: { 'idempotency-key': key } });
  for (const answer of await Promise.all([ask(), ask(), ask()])) expect(answer.status).toBe(200);
  expect((await ask()).status).toBe(200);
  await deliver(OPERATOR);
  const mails = toOperator(channel.email);
  expect(mails.map(({ subject }) => subject)).toEqual(['Payout to decide: €40.00']);
  expect(mails[0]?.text).toMatch(/\(c[^)]+@example\.org\) asks for €40\.00[\s\S]+\/admin\/payouts/);
  // It is no choice of anybody's: nothing to take off.
  expect(mails[0]?.headers.map(({ key: name }) => name)).not.toContain('list-unsubscribe');
  // The creator is told apart from it.
  expect(smtp.for(channel.email).map(({ mail }) => mail.subject)).toEqual(['Payout requested: €40.00']);
  expect(await outbox('operator.payout_requested')).toMatchObject([{ to: 'operator', state: 'sent' }]);
});

test('a payment that does not fit its purchase is told once, however often Stripe says so; without an address it is kept', async () => {
  const channel = await shop.channel();
  const bought = shop.boughtOf(await shop.buyCode(channel));
  await shop.app.owner('UPDATE checkout SET amountMinor = 999 WHERE publicId = ?', [bought.id]);
  await shop.press(bought);
  await shop.control.quiet();
  expect((await shop.checkout(bought)).body['state']).toBe('failed');
  await shop.checkout(bought);
  await deliver();
  const [kept, second] = await outbox('operator.payment_mismatch');
  expect([kept, second]).toMatchObject([{ state: 'kept', lastError: 'no address of the operator is set' }, undefined]);
  expect(smtp.for('operator')).toEqual([]);
  // Once an address is named, the outbox page can send it.
  const bearer = shop.app.config.secrets.adminApiKey;
  await shop.app.call('POST', `/api/admin/outbox/${kept?.id}/retry`, { bearer, body: {} });
  await deliver(OPERATOR);
  const [mail] = toOperator(bought.id);
  expect(mail?.subject).toBe(`A payment does not fit its purchase: ${bought.id}`);
  expect(mail?.text).toContain('the amount is another');
});

test('guessed codes are told at most once an hour', async () => {
  const { platform } = shop.app;
  const { config, redis } = platform;
  const server = makeLimiter(config, redis, { name: 'code-server', points: 300, seconds: 600 });
  for (let n = 0; n < 300; n += 1) await server.use('all');
  const guesses = makeGuesses(platform);
  const alarms = () => shop.app.owner("SELECT id FROM audit_event WHERE kind = 'code.guessing_alarm'");
  await guesses.wrong('10.1.2.3', null, 'unknown');
  expect(await alarms()).toHaveLength(1);
  // Ten minutes later it goes on: the alarm is written down again, and no second mail is.
  await redis.del(makeLimiter(config, redis, { name: 'code-alarm', points: 1, seconds: 600 }).redisKey('all'));
  await guesses.wrong('10.1.2.4', null, 'unknown');
  expect(await alarms()).toHaveLength(2);
  await deliver(OPERATOR);
  const mails = toOperator('guessed');
  expect(mails).toHaveLength(1);
  expect(mails[0]?.text).toContain('300 wrong access codes or more were entered in 10 minutes');
});

test('doctor says where mail goes, whether the server answers, and whether the operator is told', async () => {
  const from = configured(OPERATOR);
  const says = async (change: Partial<Config>, smtpUrl: string | null = smtp.url) =>
    (await mailFindings({ ...from, ...change, secrets: { ...from.secrets, smtpUrl } }, 3000)).map(
      ({ level, what, advice }) => `${level}: ${what}${advice ? ` (${advice})` : ''}`,
    );
  const { host } = new URL(smtp.url);
  expect(await says({})).toEqual([
    `good: mails go to ${host}, which answers and lets us in`,
    `good: you are told at ${OPERATOR} what needs you`,
  ]);
  const [refused] = await says({}, smtp.wrongUrl);
  expect(refused).toMatch(new RegExp(`^bad: the mail server ${host} does not take our mails: EAUTH.*look at SMTP_URL`));
  expect(refused).not.toContain('wrong@');
  expect((await says({}, 'smtp://u:secret@127.0.0.1:1'))[0]).toMatch(
    /^bad: .*127\.0\.0\.1:1 .*Mails wait in the outbox/,
  );
  const { operatorEmail: _, ...nobody } = from;
  const local = await mailFindings({ ...nobody, secrets: { ...from.secrets, smtpUrl: null } });
  expect(local.map(({ level }) => level)).toEqual(['good', 'good']);
  const open = { ...nobody, publicUrl: 'https://live.example.org', secrets: { ...from.secrets, smtpUrl: null } };
  expect(
    (await mailFindings(open)).map(({ level, advice }) => [level, /[A-Z]+_[A-Z_]+/.exec(advice ?? '')?.[0]]),
  ).toEqual([
    ['warning', 'SMTP_URL'],
    ['warning', 'STAGEDOOR_OPERATOR_EMAIL'],
  ]);
  // A server that says nothing does not hold it up: 3 s, not for ever.
  const { createServer } = await import('node:net');
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  expect(
    (await mailFindings({ ...from, secrets: { ...from.secrets, smtpUrl: `smtp://127.0.0.1:${port}` } }, 300))[0],
  ).toMatchObject({
    level: 'bad',
    what: expect.stringContaining('ETIMEDOUT'),
  });
  silent.close();
});
