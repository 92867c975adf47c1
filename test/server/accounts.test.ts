/** A fan's own account: opening it, confirming the address, a forgotten password, taking one's data along, leaving. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { money } from '../../server/src/wallet/service.ts';
import type { Answer, TestApp } from './app.ts';
import { freshAddress, startApp, unique } from './app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const PASSWORD = 'a long enough password';
const person = () => {
  const name = unique('fan');
  return { email: `${name}@example.org`, name, password: PASSWORD, language: 'ro', acceptTerms: true };
};
const post = (path: string, body: object, options: { cookie?: string; address?: string } = {}) =>
  app.call('POST', path, { body, address: freshAddress(), ...options });
const signUp = (body: object) => post('/api/auth/sign-up/email', body);
/** The newest mail to an address, as the admin's page shows it. */
async function mailTo(email: string, event: string) {
  const bearer = app.config.secrets.adminApiKey;
  const list = await app.call('GET', `/api/admin/outbox?event=${event}`, { bearer });
  const mine = (list.body['mails'] as { id: string; to: string; language: string }[]).filter(({ to }) => to === email);
  const [newest] = mine;
  if (!newest) return { count: 0, text: '', language: '' };
  const mail = await app.call('GET', `/api/admin/outbox/${newest.id}`, { bearer });
  return { count: mine.length, text: String(mail.body['text']), language: newest.language };
}
async function fan() {
  const who = person();
  expect((await signUp(who)).status).toBe(200);
  return { ...who, cookie: await app.signIn(who) };
}
const account = async (cookie: string) => (await app.call('GET', '/api/account', { cookie })).body;
/** The answer without what differs from one account to the next. */
function shape({ status, body, cookies }: Answer) {
  const user = body['user'] as Record<string, unknown>;
  return { status, cookies, keys: Object.keys(body).sort(), user: Object.keys(user).sort(), token: body['token'] };
}

test('an account is opened, confirmed by the mail in its language, and consent is kept', async () => {
  const who = await fan();
  expect(await account(who.cookie)).toMatchObject({
    email: who.email,
    language: 'ro',
    emailVerified: false,
    ageConfirmedAt: null,
  });
  expect(Date.parse(String((await account(who.cookie))['termsAcceptedAt']))).toBeGreaterThan(Date.now() - 60_000);
  expect((await account(who.cookie))['userId']).toMatch(/^usr_[0-9a-z]{26}$/);
  const mail = await mailTo(who.email, 'account.verify');
  expect([mail.count, mail.language]).toEqual([1, 'ro']);
  const link = new URL(/https?:\S+/.exec(mail.text)?.[0] ?? '');
  expect([link.pathname, link.search]).toEqual(['/account/verify', '']);
  const token = new URLSearchParams(link.hash.slice(1)).get('token') ?? 'no token';
  const dump = JSON.stringify(await app.owner('SELECT * FROM notice WHERE email = ?', [who.email]));
  expect(dump).not.toContain(token);
  // Opening the link, as a scanner of mails does, confirms nothing; nor does a token that was changed.
  expect((await app.call('GET', `/api/auth/verify-email?token=${token}`)).status).toBe(404);
  const verify = async (given: string) => (await post('/api/account/verify', { token: given })).body;
  for (const wrong of [`${token}x`, `${token.slice(0, -4)}AAAA`, 'x']) {
    expect(await verify(wrong)).toEqual({ verified: false });
  }
  expect(await account(who.cookie)).toMatchObject({ emailVerified: false });
  expect(await verify(token)).toEqual({ verified: true });
  expect(await account(who.cookie)).toMatchObject({ emailVerified: true });
  expect(await verify(token)).toEqual({ verified: true });
});

test('nobody learns whether an address is known; its owner is told', async () => {
  const who = await fan();
  const [known, unknown] = [await signUp({ ...who, name: 'Somebody else' }), await signUp(person())];
  expect(shape(known)).toEqual(shape(unknown));
  expect(await mailTo(who.email, 'account.exists')).toMatchObject({ count: 1, language: 'ro' });
  expect(await account(who.cookie)).toMatchObject({ name: who.name });
  for (const path of ['/api/auth/request-password-reset', '/api/auth/send-verification-email']) {
    const [first, second] = [await post(path, { email: who.email }), await post(path, { email: 'nobody@example.org' })];
    expect([first.status, first.body]).toEqual([second.status, second.body]);
  }
  // However often somebody asks, an address gets one mail of a kind in a while.
  for (let n = 0; n < 3; n += 1) await post('/api/auth/request-password-reset', { email: who.email });
  expect((await mailTo(who.email, 'account.reset')).count).toBeLessThanOrEqual(2);
});

test('a forgotten password is set anew by the link, once, and every session ends', async () => {
  const who = await fan();
  await post('/api/auth/request-password-reset', { email: who.email });
  const { text } = await mailTo(who.email, 'account.reset');
  const token = /\/account\/reset#token=(\S+)/.exec(text)?.[1] ?? '';
  const reset = (newPassword: string) =>
    post('/api/auth/reset-password', { newPassword, token: decodeURIComponent(token) });
  const dump = JSON.stringify([await app.owner('SELECT * FROM verification'), await app.owner('SELECT * FROM notice')]);
  expect(token.length).toBeGreaterThan(20);
  expect(dump).not.toContain(token);
  expect((await reset('short')).status).toBe(400);
  expect((await reset('another long password')).status).toBe(200);
  expect((await reset('yet another password')).status).toBe(400);
  expect((await app.call('GET', '/api/account', { cookie: who.cookie })).status).toBe(401);
  await expect(app.signIn(who)).rejects.toThrow();
  await app.signIn({ ...who, password: 'another long password' });
});

test('what is missing or wrong is named, and nothing is made', async () => {
  const cases = [
    [{ acceptTerms: undefined }, 'account.terms_needed'],
    [{ acceptTerms: 'true' }, 'account.terms_needed'],
    [{ name: ' \n ' }, 'account.name_invalid'],
    [{ name: 'x'.repeat(81) }, 'account.name_invalid'],
    [{ language: 'fr' }, 'request.invalid'],
    [{ email: `${'x'.repeat(250)}@example.org` }, 'request.invalid'],
    [{ image: 'https://evil.example/x.png' }, 'request.invalid'],
    [{ password: 'short' }, 'PASSWORD_TOO_SHORT'],
  ] as const;
  for (const [wrong, code] of cases) {
    const who = person();
    const answer = await signUp({ ...who, ...wrong });
    expect([answer.body['code'], answer.status]).toEqual([code, 400]);
    expect(await app.owner('SELECT id FROM user WHERE email = ?', [who.email])).toEqual([]);
  }
  // What only we set cannot be set from outside.
  const who = person();
  await signUp({ ...who, emailVerified: true, id: 'usr_mine', termsAcceptedAt: '2001-01-01T00:00:00Z', role: 'admin' });
  const [row] = await app.owner(
    'SELECT id, emailVerified, termsAcceptedAt > UTC_TIMESTAMP() - INTERVAL 1 HOUR AS fresh FROM user WHERE email = ?',
    [who.email],
  );
  if (row) expect(row).toMatchObject({ emailVerified: 0, fresh: 1, id: expect.stringMatching(/^usr_[0-9a-z]{26}$/) });
});

test('an address may open ten accounts an hour', async () => {
  const address = freshAddress();
  const answers: number[] = [];
  for (let n = 0; n < 11; n += 1)
    answers.push((await post('/api/auth/sign-up/email', { ...person(), acceptTerms: false }, { address })).status);
  expect(answers).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
});

test('language, name and consent are changed by oneself', async () => {
  const who = await fan();
  const { cookie } = who;
  expect((await post('/api/account/language', { language: 'es' }, { cookie })).body).toMatchObject({ language: 'es' });
  expect((await post('/api/account/name', { name: '  Ana   Pop ' }, { cookie })).body).toMatchObject({
    name: 'Ana Pop',
  });
  const first = (await account(cookie))['termsAcceptedAt'];
  const agreed = await post('/api/account/consent', { acceptTerms: true, confirmAge: true }, { cookie });
  expect(agreed.body['termsAcceptedAt']).toBe(first);
  expect(agreed.body['ageConfirmedAt']).not.toBeNull();
  expect((await post('/api/account/language', { language: 'fr' }, { cookie })).status).toBe(400);
  expect((await app.call('GET', '/api/account')).status).toBe(401);
});

test('the export holds what is one’s own; by address only once it is confirmed', async () => {
  const [who, other] = [await fan(), await fan()];
  const channel = await app.make.channel();
  const { id } = await app.make.code(channel);
  await app.owner('UPDATE access_code SET email = ? WHERE publicId = ?', [who.email, id]);
  const exported = async () => (await app.call('GET', '/api/account/export', { cookie: who.cookie })).body;
  expect(JSON.stringify(await exported())).not.toContain(id);
  await app.owner('UPDATE user SET emailVerified = TRUE WHERE email = ?', [who.email]);
  const text = JSON.stringify(await exported());
  expect(text).toContain(id);
  expect(text).not.toContain(other.email);
  expect(text).not.toMatch(/argon2id|"token"|sealed":"/);
});

test('an account is erased once nothing is left in it; bookings stay without a name', async () => {
  const who = await fan();
  const { userId } = await account(who.cookie);
  const erase = (password = PASSWORD) => post('/api/account/erase', { password }, { cookie: who.cookie });
  expect((await erase('wrong password')).body['code']).toBe('account.wrong_password');
  const { fan: wallet } = money;
  const [rows] = [
    await app.owner("INSERT INTO ledger_account (kind, owner, currency, balance) VALUES ('fan', ?, 'TOKEN', 5)", [
      userId,
    ]),
  ];
  expect(rows).toBeDefined();
  expect(wallet(String(userId)).kind).toBe('fan');
  expect((await erase()).body).toMatchObject({ code: 'account.wallet_not_empty' });
  await app.owner('UPDATE ledger_account SET balance = 0 WHERE owner = ?', [userId]);
  expect((await erase()).body).toEqual({ erased: true });
  expect((await app.call('GET', '/api/account', { cookie: who.cookie })).status).toBe(401);
  await expect(app.signIn(who)).rejects.toThrow();
  for (const table of ['user', 'session', 'account', 'verification', 'notice'])
    expect(JSON.stringify(await app.owner(`SELECT * FROM ${table}`)), table).not.toContain(who.name);
  const [kept] = await app.owner('SELECT owner FROM ledger_account WHERE owner = ?', [userId]);
  expect(kept).toEqual({ owner: userId });
  // The address is free again.
  expect((await signUp(who)).status).toBe(200);
  const creator = await app.make.channel();
  const cookie = await app.signIn(creator);
  expect((await post('/api/account/erase', { password: creator.password }, { cookie })).body['code']).toBe(
    'account.has_channel',
  );
});
