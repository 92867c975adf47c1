/** Mail on a real SMTP server: taken, refused, hanging, cut, away; and what becomes of it in the outbox. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Config } from '#config/index.ts';
import { Language } from '#contract/notices.ts';
import { noticeSources } from '../../server/src/compose.ts';
import type { DeliverParts } from '../../server/src/notifications/deliver.ts';
import { makeMailRun } from '../../server/src/notifications/deliver.ts';
import { openMailer } from '../../server/src/notifications/mailer.ts';
import type { NewNotice } from '../../server/src/notifications/outbox.ts';
import { addNotice } from '../../server/src/notifications/outbox.ts';
import type { Mood, TestSmtp } from '../kit/smtp.ts';
import { startSmtp } from '../kit/smtp.ts';
import type { TestApp } from './app.ts';
import { startApp, unique } from './app.ts';

let app: TestApp;
let smtp: TestSmtp;
const moods = new Map<string, Mood>();
const closers: (() => void)[] = [];

beforeAll(async () => {
  app = await startApp();
  smtp = await startSmtp((to) => moods.get(to) ?? 'take');
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  moods.clear();
});
afterAll(async () => {
  await smtp.leave();
  await app.stop();
});

const FROM = 'Stage Door <live@example.org>';
/** Times are long where nothing hangs: a busy machine is no hanging server. */
function parts(smtpUrl: string | null = smtp.url, silenceMs = 10_000): DeliverParts {
  const { db, sockets, log, config } = app.platform;
  const own: Config = { ...config, mailFrom: FROM, secrets: { ...config.secrets, smtpUrl } };
  const mailer = openMailer(own, { connectMs: 10_000, silenceMs });
  closers.push(() => mailer?.close());
  return { db, log, sockets, mailer, sources: noticeSources({ config: own, db }), stopping: () => false };
}
const add = (notice: NewNotice) => app.platform.db.transaction((tx) => addNotice(tx, notice));
const address = () => `${unique('reader')}@example.org`;
/** A notice that needs no other rows. */
const plain = (email: string, key = 'k'): NewNotice => ({
  event: 'payout.paid',
  key,
  to: { userId: null, email, language: 'en' },
  data: { payoutId: 'pot_x', amount: 1234, currency: 'eur', reason: null },
});
async function row(email: string) {
  const [found] = await app.owner(
    `SELECT n.publicId, d.*, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), d.nextAt) AS waits
     FROM notice n JOIN notice_delivery d ON d.noticeId = n.id AND d.channel = 'mail' WHERE n.email = ?`,
    [email],
  );
  return found ?? {};
}
const due = (email: string) =>
  app.owner(
    'UPDATE notice_delivery d JOIN notice n ON n.id = d.noticeId SET d.nextAt = UTC_TIMESTAMP(3) WHERE n.email = ?',
    [email],
  );

test('a code goes out by SMTP with a password and is read back, in each language', async () => {
  const channel = await app.make.channel({ name: 'Ana & Ion <live>' });
  const startsAt = new Date(Date.now() + 3_600_000).toISOString();
  const cookie = await app.signIn(channel);
  const details = { channel: channel.slug, startsAt, title: 'Café "Sea"', location: 'Cluj', estimatedDuration: 95 };
  expect((await app.call('POST', '/api/streams/create', { cookie, body: details })).status).toBe(200);
  const sent = await Promise.all(
    Language.options.map(async (language) => {
      const { code, id } = await app.make.code(channel);
      const email = address();
      await add({ event: 'code.issued', key: id, to: { userId: null, email, language }, data: { codeId: id } });
      return { language, code, email };
    }),
  );
  // However often it is added, and by whom, it is one.
  const [first] = sent;
  if (!first) throw new Error('nothing was sent');
  await makeMailRun(parts())();
  const subjects = { en: 'Your access code for', ro: 'Codul tău de acces pentru', es: 'Tu código de acceso para' };
  const hours = { en: 'Valid 8 hours', ro: 'Valabil 8 ore', es: 'Válido 8 horas' };
  for (const { language, code, email } of sent) {
    const [one, second] = smtp.for(email);
    expect([one?.user, one?.from, second]).toEqual(['stagedoor', 'live@example.org', undefined]);
    const { mail } = one ?? {};
    expect(mail?.subject).toBe(`${subjects[language]} Ana & Ion <live>`);
    expect(mail?.from).toMatchObject({ name: 'Stage Door', address: 'live@example.org' });
    for (const part of [mail?.text, mail?.html]) {
      for (const word of [code, hours[language], 'Europe/Bucharest', 'Cluj', `#code=${code}`])
        expect(part).toContain(word);
    }
    expect(mail?.html).toContain('Ana &amp; Ion &lt;live&gt;');
    expect(mail?.html).not.toContain('<live>');
    const stored = await row(email);
    expect(stored).toMatchObject({ state: 'sent', attempts: 1, lastError: null });
    expect(mail?.messageId).toBe(`<${stored['publicId']}@example.org>`);
    const dump = JSON.stringify(await app.owner('SELECT * FROM notice WHERE email = ?', [email]));
    expect(dump).not.toContain(code);
  }
});

test('refused for good fails at once; refused for now is tried again, later each time, and arrives once', async () => {
  const [gone, busy, fine] = [address(), address(), address()];
  moods.set(gone, 'refuse_for_good').set(busy, 'refuse_now');
  for (const email of [gone, busy, fine]) await add(plain(email));
  const run = makeMailRun(parts());
  await run();
  expect(await row(gone)).toMatchObject({ state: 'failed', attempts: 1, lastError: expect.stringContaining('550') });
  expect(await row(fine)).toMatchObject({ state: 'sent' });
  const waits: number[] = [];
  for (let n = 1; n <= 4; n += 1) {
    const stored = await row(busy);
    expect(stored).toMatchObject({ state: 'pending', attempts: n, lastError: expect.stringContaining('451') });
    waits.push(Number(stored['waits']));
    await due(busy);
    if (n === 4) moods.delete(busy);
    await run();
  }
  for (const [n, wait] of waits.entries()) {
    expect(wait).toBeGreaterThan(15 * 2 ** n - 10);
    expect(wait).toBeLessThanOrEqual(15 * 2 ** n * 1.25);
  }
  expect(await row(busy)).toMatchObject({ state: 'sent', attempts: 5 });
  await run();
  expect([smtp.for(busy).length, smtp.for(gone).length]).toEqual([1, 0]);
  // The admin sees it and may try again.
  const bearer = app.config.secrets.adminApiKey;
  const failed = await app.call('GET', '/api/admin/outbox?state=failed&event=payout.paid', { bearer });
  expect(failed.body['mails']).toMatchObject([{ to: gone, state: 'failed', nextAt: null }]);
  moods.delete(gone);
  const { publicId } = await row(gone);
  expect((await app.call('POST', `/api/admin/outbox/${publicId}/retry`, { bearer, body: {} })).body['state']).toBe(
    'pending',
  );
  await run();
  expect(smtp.for(gone)).toHaveLength(1);
});

test('given up after days', async () => {
  const email = address();
  moods.set(email, 'refuse_now');
  await add(plain(email));
  await app.owner('UPDATE notice_delivery d JOIN notice n ON n.id = d.noticeId SET d.attempts = 79 WHERE n.email = ?', [
    email,
  ]);
  await makeMailRun(parts())();
  expect(await row(email)).toMatchObject({ state: 'failed', attempts: 80 });
});

test.each(['hang', 'cut'] as const)('a mail server that does %s does not lose the mail', async (mood) => {
  const email = address();
  moods.set(email, mood);
  await add(plain(email));
  await makeMailRun(parts(smtp.url, 400))();
  const stored = await row(email);
  expect(stored).toMatchObject({ state: 'pending', attempts: 1 });
  expect(String(stored['lastError'])).toMatch(/ETIMEDOUT|ECONNECTION|ESOCKET|ECONNRESET|EPIPE/);
  moods.delete(email);
  await due(email);
  await makeMailRun(parts())();
  expect(smtp.for(email).map(({ mail }) => mail.messageId)).toEqual([`<${stored['publicId']}@example.org>`]);
});

test('a wrong password is the operator’s to set right: nothing is given up, and the error is seen', async () => {
  const email = address();
  await add(plain(email));
  await makeMailRun(parts(smtp.wrongUrl))();
  const stored = await row(email);
  expect(stored).toMatchObject({ state: 'pending', lastError: expect.stringContaining('EAUTH') });
  expect(String(stored['lastError'])).not.toContain('wrong');
  await due(email);
  await makeMailRun(parts())();
  expect(smtp.for(email)).toHaveLength(1);
});

test('away for a while: one mail at a time asks, and all go once it is back', async () => {
  const readers = Array.from({ length: 30 }, address);
  for (const email of readers) await add(plain(email));
  await smtp.leave();
  const run = makeMailRun(parts());
  for (let n = 0; n < 4; n += 1) await run();
  const [{ tries } = {}] = await app.owner(
    "SELECT SUM(d.attempts) AS tries FROM notice_delivery d JOIN notice n ON n.id = d.noticeId WHERE n.email IN (?) AND d.state = 'pending'",
    [readers],
  );
  // A batch of five found out, three more asked.
  expect(Number(tries)).toBe(8);
  await smtp.comeBack();
  await run();
  await run();
  expect(readers.map((email) => smtp.for(email).length)).toEqual(readers.map(() => 1));
});

test('two workers at once send each mail once; what a dead one had taken is sent by another', async () => {
  const readers = Array.from({ length: 40 }, address);
  for (const email of readers) await add(plain(email));
  await Promise.all([makeMailRun(parts())(), makeMailRun(parts())(), makeMailRun(parts())()]);
  expect(readers.map((email) => smtp.for(email).length)).toEqual(readers.map(() => 1));
  const email = address();
  await add(plain(email));
  // It took the mail and died.
  const { claim, finish } = await import('../../server/src/notifications/store.ts');
  const [turn] = (await claim(app.platform.db, 'mail', 5, 60)).turns;
  if (!turn) throw new Error('nothing was taken');
  await makeMailRun(parts())();
  expect(smtp.for(email)).toHaveLength(0);
  await due(email);
  await makeMailRun(parts())();
  expect(smtp.for(email)).toHaveLength(1);
  // It was not dead but slow: its word comes too late and changes nothing.
  await finish(app.platform.db, turn, 'failed', 'late');
  expect(await row(email)).toMatchObject({ state: 'sent', lastError: null });
});

test('a mail is taken at once, whoever holds rows beside it', async () => {
  const { claim } = await import('../../server/src/notifications/store.ts');
  const { db } = app.platform;
  const [held, free] = [address(), address()];
  for (const email of [held, free]) await add(plain(email));
  const taken = await db.transaction(async (tx) => {
    await tx.rows(
      "SELECT id FROM notice_delivery WHERE channel = 'app' AND state = 'pending' AND nextAt <= UTC_TIMESTAMP(3) FOR UPDATE",
    );
    return claim(db, 'mail', 5, 60);
  });
  expect(taken.turns.map(({ email }) => email)).toEqual([held, free]);
  for (const email of [held, free]) await due(email);
  await makeMailRun(parts())();
});

test('what is no longer true is not sent: a code that was withdrawn or is over, a reset that has run out', async () => {
  const channel = await app.make.channel();
  const [over, withdrawn] = [await app.make.code(channel), await app.make.code(channel)];
  const [first, second, third] = [address(), address(), address()];
  for (const [email, { id }] of [[first, over] as const, [second, withdrawn] as const])
    await add({ event: 'code.expiring', key: id, to: { userId: null, email, language: 'es' }, data: { codeId: id } });
  await app.owner('UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) WHERE publicId = ?', [over.id]);
  await app.owner('UPDATE access_code SET revokedAt = UTC_TIMESTAMP(3) WHERE publicId = ?', [withdrawn.id]);
  await app.call('POST', '/api/auth/request-password-reset', { body: { email: channel.email } });
  await app.owner('UPDATE notice SET createdAt = createdAt - INTERVAL 61 MINUTE WHERE email = ?', [channel.email]);
  await makeMailRun(parts())();
  expect(await row(first)).toMatchObject({ state: 'dropped', lastError: 'the code has expired' });
  expect(await row(second)).toMatchObject({ state: 'dropped', lastError: 'the code was withdrawn' });
  expect(await row(channel.email)).toMatchObject({ state: 'dropped', lastError: 'the link has run out' });
  expect(smtp.taken.flatMap(({ to }) => to)).not.toEqual(expect.arrayContaining([first, second, third, channel.email]));
});

test('without a mail server mails are kept, and the admin reads them with the code in them', async () => {
  const channel = await app.make.channel();
  const { code, id } = await app.make.code(channel);
  const email = address();
  await add({ event: 'code.resent', key: id, to: { userId: null, email, language: 'ro' }, data: { codeId: id } });
  await makeMailRun(parts(null))();
  const bearer = app.config.secrets.adminApiKey;
  const list = await app.call('GET', '/api/admin/outbox?state=kept', { bearer });
  expect(list.body).toMatchObject({ mode: 'kept', mails: [{ to: email, event: 'code.resent', state: 'kept' }] });
  const [{ id: mailId } = { id: '' }] = list.body['mails'] as { id: string }[];
  const mail = await app.call('GET', `/api/admin/outbox/${mailId}`, { bearer });
  expect(mail.body['text']).toContain(code);
  expect(mail.body['html']).toContain(code);
  expect((await app.call('GET', '/api/admin/outbox/ntc_00000000000000000000000000', { bearer })).status).toBe(404);
  expect((await app.call('GET', '/api/admin/outbox', { cookie: await app.signIn(channel) })).status).toBe(403);
});

test('the outbox is paged without a gap', async () => {
  for (let n = 0; n < 5; n += 1) await add(plain(address()));
  const bearer = app.config.secrets.adminApiKey;
  const seen: string[] = [];
  let before = '';
  for (;;) {
    const page = await app.call('GET', `/api/admin/outbox?limit=2${before && `&before=${before}`}`, { bearer });
    seen.push(...(page.body['mails'] as { id: string }[]).map(({ id }) => id));
    if (page.body['next'] === null) break;
    before = String(page.body['next']);
  }
  const [{ n } = {}] = await app.owner("SELECT COUNT(*) AS n FROM notice_delivery WHERE channel = 'mail'");
  expect([seen.length, new Set(seen).size]).toEqual([Number(n), Number(n)]);
});

test('the operator’s own texts: filled in, escaped in HTML, with a subject', async () => {
  const folder = join(app.config.varDir, 'mail');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'tip.received.en.html'),
    '<p>{{fromName}} gave {{ amount }} {{nothing}}{{constructor}}</p>',
  );
  writeFileSync(join(folder, 'tip.received.en.txt'), 'Subject: {{amount}} for {{channelName}}\n\nFrom {{fromName}}\n');
  const channel = await app.make.channel();
  const email = address();
  await add({
    event: 'tip.received',
    key: 'own',
    to: { userId: null, email, language: 'en' },
    data: { channel: channel.slug, fromName: '<b>Eve\r\nBcc: all@example.org', amountTokens: 50, message: null },
  });
  await makeMailRun(parts())();
  rmSync(folder, { recursive: true });
  const [one] = smtp.for(email);
  expect(one?.mail.subject).toBe(`50 tokens for ${channel.name}`);
  expect(one?.mail.html?.trim()).toBe('<p>&lt;b&gt;Eve Bcc: all@example.org gave 50 tokens </p>');
  expect(one?.mail.text?.trim()).toBe('From <b>Eve Bcc: all@example.org');
  expect(one?.mail.headers.some(({ key }) => key === 'bcc')).toBe(false);
});
