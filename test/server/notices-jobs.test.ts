/** The worker's part: woken by BullMQ, and as well without it; reminders and ends of codes to the minute. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCodeClock } from '../../server/src/access/reminder-jobs.ts';
import { sweepCodes } from '../../server/src/access/reminders.ts';
import { noticeSources } from '../../server/src/compose.ts';
import { startNotices } from '../../server/src/notifications/jobs.ts';
import { addNotice } from '../../server/src/notifications/outbox.ts';
import type { Mood, TestSmtp } from '../kit/smtp.ts';
import { startSmtp } from '../kit/smtp.ts';
import { until } from '../kit/until.ts';
import type { TestApp } from './app.ts';
import { startApp, unique } from './app.ts';

/** Longer than any test waits: what comes sooner did not come by the sweep. */
const NEVER_MS = 600_000;

let app: TestApp;
let smtp: TestSmtp;
let mood: Mood = 'take';
beforeAll(async () => {
  app = await startApp();
  smtp = await startSmtp(() => mood);
});
afterAll(async () => {
  await smtp.leave();
  await app.stop();
});

const address = () => `${unique('reader')}@example.org`;
function startWorker(sweepMs: number) {
  const { config, db } = app.platform;
  const own = { ...config, mailFrom: 'live@example.org', secrets: { ...config.secrets, smtpUrl: smtp.url } };
  return startNotices(app.platform, noticeSources({ config: own, db }), sweepMs);
}
const tell = (email: string, notBefore?: Date) =>
  app.platform.db.transaction((tx) =>
    addNotice(tx, {
      event: 'payout.paid',
      key: 'k',
      to: { userId: null, email, language: 'en' },
      data: { payoutId: 'pot_x', amount: 1, currency: 'eur', reason: null },
      ...(notBefore ? { notBefore } : {}),
    }),
  );
const arrived = (email: string) => smtp.for(email).length === 1;
async function codeEndingIn(interval: string, email: string | null, age = '6 HOUR') {
  const channel = await app.make.channel();
  const code = await app.make.code(channel);
  await app.owner(
    `UPDATE access_code SET email = ?, expiresAt = UTC_TIMESTAMP(3) + INTERVAL ${interval},
       createdAt = UTC_TIMESTAMP(3) - INTERVAL ${age} WHERE publicId = ?`,
    [email, code.id],
  );
  return code;
}
const reminders = async (email: string) =>
  (await app.owner("SELECT publicId FROM notice WHERE email = ? AND event = 'code.expiring'", [email])).length;

test('a commit wakes the worker by a job, and a notice for later comes by a delayed one; FLUSHALL loses nothing', async () => {
  const stop = await startWorker(NEVER_MS);
  const [now, later] = [address(), address()];
  await tell(now);
  await until(() => arrived(now), 'the mail, by a job', 30_000);
  const at = new Date(Date.now() + 1500);
  await tell(later, at);
  await until(() => arrived(later), 'the later mail, by a delayed job', 30_000);
  expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
  await stop();
  const [lost, sweeper] = [address(), await startWorker(300)];
  await tell(lost, new Date(Date.now() + 1000));
  await app.platform.redis.flushall();
  await until(() => arrived(lost), 'the mail whose job was flushed, by the sweep', 30_000);
  await sweeper();
});

test('a transaction that is undone tells nobody', async () => {
  const email = address();
  const undone = app.platform.db.transaction(async (tx) => {
    const to = { userId: null, email, language: 'en' as const };
    await addNotice(tx, { event: 'account.exists', key: 'k', to, data: {} });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await app.owner('SELECT id FROM notice WHERE email = ?', [email])).toEqual([]);
});

test('a reminder goes out two hours before the end: once, to whom has an address and can still watch', async () => {
  const [due, early, gone, short, late] = [address(), address(), address(), address(), address()];
  await codeEndingIn('119 MINUTE', due);
  await codeEndingIn('121 MINUTE', early);
  await codeEndingIn('-1 SECOND', gone);
  await codeEndingIn('30 MINUTE', short, '90 MINUTE');
  // The worker was down for an hour when this one was due.
  const caughtUp = await codeEndingIn('61 MINUTE', late);
  await codeEndingIn('119 MINUTE', null);
  const withdrawn = address();
  const { id } = await codeEndingIn('119 MINUTE', withdrawn);
  await app.owner('UPDATE access_code SET revokedAt = UTC_TIMESTAMP(3) WHERE publicId = ?', [id]);
  await Promise.all([1, 2, 3].map(() => sweepCodes(app.platform.db)));
  await sweepCodes(app.platform.db);
  const told = await Promise.all([due, early, gone, short, late, withdrawn].map(reminders));
  expect(told).toEqual([1, 0, 0, 0, 1, 0]);
  const [marked] = await app.owner(
    'SELECT COUNT(*) AS n FROM access_code WHERE email = ? AND expiredMarkedAt IS NOT NULL',
    [gone],
  );
  expect(marked?.['n']).toBe(1);
  // Told twice by a worker that died between telling and marking, it is still one.
  await app.owner('UPDATE access_code SET remindedAt = NULL');
  await sweepCodes(app.platform.db);
  expect(await reminders(due)).toBe(1);
  const stop = await startWorker(300);
  await until(() => arrived(late), 'the reminder', 30_000);
  await stop();
  const { mail } = smtp.for(late)[0] ?? {};
  expect(mail?.subject).toMatch(/ends in 1 hour( and 1 minute)?$/);
  expect(mail?.text).toContain(caughtUp.code);
});

test('by a job a reminder and an end come at their instant, without waiting for a sweep', async () => {
  const [email, ending] = [address(), address()];
  const stop = startCodeClock(app.platform, NEVER_MS);
  await stop();
  await codeEndingIn('7203 SECOND', email);
  const { id } = await codeEndingIn('2 SECOND', ending);
  const clock = startCodeClock(app.platform, NEVER_MS);
  const ended = async () =>
    (await app.owner('SELECT expiredMarkedAt FROM access_code WHERE publicId = ?', [id]))[0]?.['expiredMarkedAt'] !==
    null;
  await until(ended, 'the end is marked', 30_000);
  await until(async () => (await reminders(email)) === 1, 'the reminder', 30_000);
  await clock();
});

/** A worker process of its own, as PM2 would run it. */
function spawnWorker(): ChildProcess {
  const { secrets, varDir, secure: _secure, ...settings } = app.platform.config;
  writeFileSync(join(varDir, 'settings.json'), JSON.stringify({ ...settings, mailFrom: 'live@example.org' }));
  writeFileSync(join(varDir, 'secrets.json'), JSON.stringify({ ...secrets, smtpUrl: smtp.url }));
  return spawn(process.execPath, ['server/src/main.ts', 'worker'], {
    stdio: 'ignore',
    env: { ...process.env, STAGEDOOR_VAR: varDir },
  });
}
const gone = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

test.each([
  ['before the mail server took the mail', 'hang', 1],
  ['after it took the mail and before we knew', 'take_and_hang', 2],
] as const)(
  'a worker killed %s: the next one sends it',
  async (_when, how, arrivals) => {
    const email = address();
    mood = how;
    const before = smtp.attempts();
    const first = spawnWorker();
    await tell(email);
    await until(
      () => smtp.attempts() > before && (how === 'hang' || smtp.for(email).length === 1),
      'it is being sent',
      50_000,
    );
    first.kill('SIGKILL');
    await gone(first);
    mood = 'take';
    // The time for which the dead one had taken it passes.
    await app.owner("UPDATE notice_delivery SET nextAt = UTC_TIMESTAMP(3) WHERE state = 'pending'");
    const second = spawnWorker();
    await until(() => smtp.for(email).length === arrivals, 'it arrives', 50_000);
    const sent = async () =>
      (
        await app.owner('SELECT d.state FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.email = ?', [
          email,
        ])
      )[0];
    await until(async () => (await sent())?.['state'] === 'sent', 'it is marked', 30_000);
    second.kill('SIGTERM');
    await gone(second);
    // Whoever got it twice can tell that it is one.
    expect(new Set(smtp.for(email).map(({ mail }) => mail.messageId)).size).toBe(1);
    expect(smtp.for(email)).toHaveLength(arrivals);
  },
  150_000,
);

test('without Redis mails, reminders and ends come by the sweep, and no process falls', async () => {
  await app.killRedis();
  const [mail, reminded] = [address(), address()];
  await codeEndingIn('7201 SECOND', reminded);
  const stops = [await startWorker(300), startCodeClock(app.platform, 300)];
  await tell(mail);
  await until(() => arrived(mail), 'the mail', 30_000);
  await until(() => arrived(reminded), 'the reminder', 30_000);
  const began = Date.now();
  for (const stop of stops) await stop();
  expect(Date.now() - began).toBeLessThan(10_000);
});
