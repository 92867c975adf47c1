/** What people choose to be told of, on their page and by the link under a mail; and that the outbox keeps to it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '#config/index.ts';
import { Language, type NoticeEvent } from '#contract/notices.ts';
import { noticeSources } from '../../server/src/compose.ts';
import { makeAppRun, makeMailRun } from '../../server/src/notifications/deliver.ts';
import type { Mailer } from '../../server/src/notifications/mailer.ts';
import { openMailer } from '../../server/src/notifications/mailer.ts';
import type { NewNotice } from '../../server/src/notifications/outbox.ts';
import { addNotice } from '../../server/src/notifications/outbox.ts';
import { newId } from '../../server/src/platform/ids.ts';
import type { TestSmtp } from '../kit/smtp.ts';
import { startSmtp } from '../kit/smtp.ts';
import type { TestApp } from './app.ts';
import { startApp, unique } from './app.ts';

let app: TestApp;
let smtp: TestSmtp;
let mailer: Mailer | null;
beforeAll(async () => {
  app = await startApp();
  smtp = await startSmtp();
  mailer = openMailer(own());
});
afterAll(async () => {
  mailer?.close();
  await smtp.leave();
  await app.stop();
});

const own = (): Config => ({
  ...app.platform.config,
  mailFrom: 'Stage Door <live@example.org>',
  secrets: { ...app.platform.config.secrets, smtpUrl: smtp.url },
});
/** Delivers what is due, first on the page, then by mail, as the worker does. */
async function deliver(): Promise<void> {
  const { db, log, sockets } = app.platform;
  const parts = { db, log, sockets, mailer, sources: noticeSources({ config: own(), db }), stopping: () => false };
  await makeAppRun(parts)();
  await makeMailRun(parts)();
}
const add = (notice: NewNotice) => app.platform.db.transaction((tx) => addNotice(tx, notice));
const address = () => `${unique('reader')}@example.org`;

type To = NewNotice['to'];
const to = (email: string | null, userId: string | null = null, language: Language = 'en'): To => ({
  userId,
  email,
  language,
});
async function codeFor(email: string) {
  const channel = await app.make.channel();
  const { id } = await app.make.code(channel);
  await app.owner('UPDATE access_code SET email = ? WHERE publicId = ?', [email, id]);
  return id;
}
const remind = async (recipient: To) =>
  add({
    event: 'code.expiring',
    key: unique('k'),
    to: recipient,
    data: { codeId: await codeFor(recipient.email ?? '') },
  });
const payout = (recipient: To) =>
  add({
    event: 'payout.paid',
    key: unique('k'),
    to: recipient,
    data: { payoutId: newId('pot'), amount: 1234, currency: 'eur', reason: null },
  });
/** How each delivery of one event to one recipient came out. */
const states = async (event: NoticeEvent, recipient: string) =>
  (
    await app.owner(
      `SELECT CONCAT(d.channel, ' ', d.state, IFNULL(CONCAT(': ', d.lastError), '')) AS said
       FROM notice n JOIN notice_delivery d ON d.noticeId = n.id
       WHERE n.event = ? AND (n.userId = ? OR n.email = ?) ORDER BY n.id, d.channel`,
      [event, recipient, recipient],
    )
  ).map(({ said }) => said);

const PATH = '/api/account/notice-preferences';
type Group = { group: string; needed: boolean; mail: boolean | null; app: boolean | null };
const groups = async (cookie: string) => (await app.call('GET', PATH, { cookie })).body['groups'] as Group[];
const group = async (cookie: string, name: string) => (await groups(cookie)).find((one) => one.group === name);
const choose = (cookie: string, body: object) => app.call('PATCH', PATH, { cookie, body });

/** The links of the newest mail to an address: under it, and in its head. */
function linksOf(email: string) {
  const mail = smtp.for(email).at(-1)?.mail;
  const header = (name: string) => mail?.headers.find(({ key }) => key === name)?.value ?? null;
  const page = /\/account\/unsubscribe#token=([\w%-]+)&lang=(\w+)/.exec(mail?.text ?? '');
  const [, oneClick] = /^<(.+)>$/.exec(header('list-unsubscribe') ?? '') ?? [];
  const url = oneClick ? new URL(oneClick) : null;
  return {
    token: decodeURIComponent(page?.[1] ?? ''),
    language: page?.[2] ?? null,
    html: mail?.html ?? '',
    text: mail?.text ?? '',
    oneClick: url ? url.pathname + url.search : null,
    post: header('list-unsubscribe-post'),
  };
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** As a mail program does it: no cookie, no Origin, a form. */
const press = (path: string, body = 'List-Unsubscribe=One-Click', headers: Record<string, string> = FORM) =>
  app.call('POST', path, { origin: null, body, headers });
const mailChoice = (token: string, wanted?: boolean) =>
  app.call('POST', '/api/mail-choice', { body: { token, ...(wanted === undefined ? {} : { wanted }) } });

test('everybody has the usual choices; creators have more; what is needed is no choice', async () => {
  const fan = await app.signIn(await app.make.fan());
  const creator = await app.signIn(await app.make.channel());
  expect(await groups(fan)).toEqual([
    { group: 'security', needed: true, mail: true, app: null },
    { group: 'purchases', needed: true, mail: true, app: true },
    { group: 'reminders', needed: false, mail: true, app: null },
    { group: 'shows', needed: false, mail: true, app: true },
  ]);
  expect((await groups(creator)).slice(4)).toEqual([
    { group: 'tips', needed: false, mail: false, app: true },
    { group: 'sales', needed: false, mail: false, app: true },
    { group: 'members', needed: false, mail: false, app: true },
    { group: 'payouts', needed: false, mail: true, app: true },
  ]);
  for (const body of [
    { group: 'purchases', mail: false },
    { group: 'purchases', app: false },
    { group: 'security', mail: false },
    { group: 'reminders', app: false },
    { group: 'shows' },
  ])
    expect([body, (await choose(fan, body)).body['code']]).toEqual([body, 'notice.no_choice']);
  expect((await choose(fan, { group: 'shows', mail: 'no' })).status).toBe(400);
  const changed = await choose(fan, { group: 'shows', mail: false });
  expect(changed.body['groups']).toContainEqual({ group: 'shows', needed: false, mail: false, app: true });
  await choose(fan, { group: 'shows', app: false });
  expect(await group(fan, 'shows')).toMatchObject({ mail: false, app: false });
  await choose(fan, { group: 'shows', mail: true });
  expect(await group(fan, 'shows')).toMatchObject({ mail: true, app: false });
  // Nobody else's choices moved.
  expect(await group(creator, 'shows')).toMatchObject({ mail: true, app: true });
});

test('a choice is kept to, by mail and on the page, and what is needed is sent all the same', async () => {
  const mine = await app.make.channel();
  const cookie = await app.signIn(mine);
  const me = to(mine.email, mine.ownerId);
  await choose(cookie, { group: 'payouts', mail: false, app: false });
  await payout(me);
  const receipt = { role: 'buyer', what: 'tokens', amount: 500, currency: 'eur', channel: null, transferId: null };
  await app.owner(
    "INSERT INTO notice_preference (userId, noticeGroup, mail, app) VALUES (?, 'purchases', FALSE, FALSE)",
    [mine.ownerId],
  );
  await add({ event: 'payment.received', key: 'r', to: me, data: receipt as never });
  await deliver();
  expect(await states('payout.paid', mine.ownerId)).toEqual(['app skipped: preference', 'mail skipped: preference']);
  expect(await states('payment.received', mine.ownerId)).toEqual(['app sent', 'mail sent']);
  expect(smtp.for(mine.email).map(({ mail }) => mail.subject)).toEqual(['Payment received: €5.00']);
  // Neither the list nor the badge has what was not wanted.
  const list = await app.call('GET', '/api/notices', { cookie });
  expect(list.body).toMatchObject({ unread: 1, notices: [{ event: 'payment.received' }] });
  expect((await app.call('GET', '/api/account', { cookie })).body['unreadNotices']).toBe(1);
  // The operator sees that it was not wanted.
  const bearer = app.config.secrets.adminApiKey;
  const skipped = await app.call('GET', '/api/admin/outbox?state=skipped&event=payout.paid', { bearer });
  expect(skipped.body['mails']).toMatchObject([{ to: mine.email, state: 'skipped', lastError: 'preference' }]);
  // Chosen again, the next one comes.
  await choose(cookie, { group: 'payouts', mail: true, app: true });
  await payout(me);
  await deliver();
  expect((await states('payout.paid', mine.ownerId)).slice(2)).toEqual(['app sent', 'mail sent']);
});

test('tips are mailed to who asked for it, once each, in their language', async () => {
  const [asked, silent] = [await app.make.channel(), await app.make.channel()];
  const cookie = await app.signIn(asked);
  await app.call('POST', '/api/account/language', { cookie, body: { language: 'es' } });
  await choose(cookie, { group: 'tips', mail: true, app: false });
  // A choice of the page alone asks for no mail.
  await choose(await app.signIn(silent), { group: 'tips', app: true });
  const tip = ({ ownerId, slug }: typeof asked) =>
    add({
      event: 'tip.received',
      key: unique('k'),
      to: to(null, ownerId),
      data: { channel: slug, fromName: 'Eve', amountTokens: 50, message: null },
    });
  for (const channel of [asked, silent]) await tip(channel);
  await deliver();
  await deliver();
  expect(await states('tip.received', asked.ownerId)).toEqual(['app skipped: preference', 'mail sent']);
  expect(await states('tip.received', silent.ownerId)).toEqual(['app sent']);
  expect(smtp.for(asked.email).map(({ mail }) => mail.subject)).toEqual(['Una propina de 50 tokens de Eve']);
  expect(smtp.for(silent.email)).toEqual([]);
  // The link under it takes it off again.
  await press(String(linksOf(asked.email).oneClick));
  await tip(asked);
  await deliver();
  expect((await states('tip.received', asked.ownerId)).slice(2)).toEqual(['app skipped: preference']);
});

test('each mail that is a choice says where to take it off, in its language; a code’s mail does not', async () => {
  const says = { en: 'Stop mails of this kind', ro: 'Oprește mesajele de acest fel', es: 'Dejar de recibir' };
  for (const language of Language.options) {
    const email = address();
    await remind(to(email, null, language));
    await deliver();
    const links = linksOf(email);
    expect(links).toMatchObject({ language, post: 'List-Unsubscribe=One-Click' });
    expect(links.oneClick).toMatch(/^\/api\/unsubscribe\?token=[\w-]{60,}$/);
    for (const part of [links.html, links.text]) expect(part).toContain(says[language]);
    // Who reads a log or a bookmark learns no address from it.
    expect(`${links.token} ${links.oneClick}`).not.toContain(email.split('@')[0]);
    expect(Buffer.from(links.token, 'base64url').toString('latin1')).not.toContain('example.org');
  }
  const email = address();
  await add({ event: 'code.issued', key: unique('k'), to: to(email), data: { codeId: await codeFor(email) } });
  await deliver();
  expect(linksOf(email)).toMatchObject({ token: '', oneClick: null, post: null });
  expect(smtp.for(email)).toHaveLength(1);
});

test('one press without cookie and Origin takes that kind of mail off for that address alone; opening changes nothing', async () => {
  const [email, other] = [address(), address()];
  for (const one of [email, other]) await remind(to(one));
  await deliver();
  const { oneClick, token } = linksOf(email);
  const path = String(oneClick);
  await app.owner('DELETE FROM notice_suppression');
  // What scanners of mails do.
  for (const method of ['GET', 'HEAD']) {
    const opened = await fetch(`http://127.0.0.1:${app.port}${path}`, { method, redirect: 'manual' });
    expect([opened.status, opened.headers.get('location')]).toEqual([302, `/account/unsubscribe#token=${token}`]);
  }
  expect((await mailChoice(token)).body).toEqual({
    group: 'reminders',
    address: `${email[0]}•••@example.org`,
    wanted: true,
  });
  // A POST that is none of a mail program's is none.
  expect((await press(path, 'hello=world')).status).toBe(400);
  expect((await press(path, '')).status).toBe(400);
  expect((await press(path, `List-Unsubscribe=One-Click${'x'.repeat(5000)}`)).status).toBe(413);
  expect(await app.owner('SELECT * FROM notice_suppression')).toEqual([]);
  expect(await press(path)).toMatchObject({ status: 200, body: { unsubscribed: true } });
  expect((await press(path)).status).toBe(200);
  expect((await mailChoice(token)).body['wanted']).toBe(false);
  // What is kept tells of no address.
  const kept = await app.owner('SELECT HEX(addressHash) AS hash, noticeGroup FROM notice_suppression');
  expect(kept).toMatchObject([{ hash: expect.stringMatching(/^[0-9A-F]{64}$/), noticeGroup: 'reminders' }]);
  for (const one of [email, other]) await remind(to(one));
  await payout(to(email));
  await deliver();
  expect(await states('code.expiring', email)).toEqual(['mail sent', 'mail skipped: preference']);
  expect(await states('code.expiring', other)).toEqual(['mail sent', 'mail sent']);
  expect(await states('payout.paid', email)).toEqual(['mail sent']);
  // The same address, written otherwise.
  await remind(to(email.toUpperCase()));
  await deliver();
  expect((await states('code.expiring', email)).at(-1)).toBe('mail skipped: preference');
  // Put on again by the page behind the link.
  expect((await mailChoice(token, true)).body['wanted']).toBe(true);
  await remind(to(email));
  await deliver();
  expect((await states('code.expiring', email)).at(-1)).toBe('mail sent');
});

test('a form of the other kind works too; an altered token, another install’s or another link’s opens nothing', async () => {
  const email = address();
  await remind(to(email));
  await deliver();
  const { token } = linksOf(email);
  const { sealToken } = noticeSources(app.platform);
  const altered = [...token].map(
    (sign, at) => `${token.slice(0, at)}${sign === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`,
  );
  const elsewhere = { ...app.config, secrets: { ...app.config.secrets, codeSealKey: '0'.repeat(64) } };
  const foreign = noticeSources({ config: elsewhere, db: app.platform.db }).sealToken(
    `reminders ${email}`,
    'unsubscribe',
  );
  const wrong = [
    // The last sign of base64url may hold bits that are not read.
    ...altered.slice(0, -1),
    token.slice(0, -8),
    foreign,
    sealToken(`reminders ${email}`, 'account.verify'),
    sealToken(`purchases ${email}`, 'unsubscribe'),
    sealToken(`nothing ${email}`, 'unsubscribe'),
    sealToken('reminders', 'unsubscribe'),
    'x',
  ];
  for (const one of wrong) {
    expect((await press(`/api/unsubscribe?token=${one}`)).body['code']).toBe('notice.link_invalid');
    expect((await mailChoice(one, false)).body['code']).toBe('notice.link_invalid');
  }
  expect((await press('/api/unsubscribe')).body['code']).toBe('notice.link_invalid');
  expect((await mailChoice(token)).body['wanted']).toBe(true);
  // The page's own way is for pages: a foreign one may not use it.
  expect((await app.call('POST', '/api/mail-choice', { origin: null, body: { token, wanted: false } })).status).toBe(
    403,
  );
  const body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n';
  const multipart = { 'content-type': 'multipart/form-data; boundary=b' };
  expect((await press(`/api/unsubscribe?token=${token}`, body, multipart)).status).toBe(200);
  expect((await mailChoice(token)).body['wanted']).toBe(false);
});

test('link and page say the same of a confirmed address, and nothing of one that is not', async () => {
  const fan = await app.make.fan();
  const cookie = await app.signIn(fan);
  await remind(to(fan.email));
  await deliver();
  const { oneClick, token } = linksOf(fan.email);
  await press(String(oneClick));
  expect(await group(cookie, 'reminders')).toMatchObject({ mail: false });
  await choose(cookie, { group: 'reminders', mail: true });
  expect((await mailChoice(token)).body['wanted']).toBe(true);
  // Chosen on the page, it holds for mails to the address without the account too.
  await choose(cookie, { group: 'reminders', mail: false });
  expect((await mailChoice(token)).body['wanted']).toBe(false);
  await remind(to(fan.email));
  await deliver();
  expect((await states('code.expiring', fan.email)).at(-1)).toBe('mail skipped: preference');
  await mailChoice(token, true);
  expect(await group(cookie, 'reminders')).toMatchObject({ mail: true });
  // Anybody can open an account with any address: it neither learns nor undoes what its owner said.
  await app.owner('UPDATE user SET emailVerified = FALSE WHERE id = ?', [fan.userId]);
  await press(String(oneClick));
  expect(await group(cookie, 'reminders')).toMatchObject({ mail: true });
  await choose(cookie, { group: 'reminders', mail: true });
  expect((await mailChoice(token)).body['wanted']).toBe(false);
  await app.owner('DELETE FROM notice_suppression');
  await choose(cookie, { group: 'reminders', mail: false });
  expect((await mailChoice(token)).body['wanted']).toBe(true);
});

test('choices leave with the account; what its address said stays', async () => {
  const fan = await app.make.fan();
  const cookie = await app.signIn(fan);
  await remind(to(fan.email));
  await deliver();
  await press(String(linksOf(fan.email).oneClick));
  await choose(cookie, { group: 'shows', app: false });
  const taken = (await app.call('GET', '/api/account/export', { cookie })).body['data'] as Record<string, unknown>;
  expect(taken['noticePreferences']).toMatchObject([{ noticeGroup: 'shows', mail: null, app: 0 }]);
  const left = () => app.owner('SELECT COUNT(*) AS n FROM notice_suppression');
  const before = await left();
  await app.call('POST', '/api/account/erase', { cookie, body: { password: fan.password } });
  expect(await app.owner('SELECT * FROM notice_preference WHERE userId = ?', [fan.userId])).toEqual([]);
  expect(await left()).toEqual(before);
});
