/** Who may come in by which door: generated from the table of endpoints, so that a new one cannot be forgotten. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDPOINTS } from '#contract/api.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { CLIENT_EVENTS } from '#contract/socket-events.ts';
import { AUTH_ROUTES } from '../../server/src/accounts/auth.ts';
import type { Options, TestApp } from './app.ts';
import { freshAddress, startApp } from './app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const nameOf = (endpoint: Endpoint) => `${endpoint.method} ${endpoint.path}`;

const freshKey = () => ({ 'idempotency-key': randomUUID() });

/** What an owner may be answered who asks for what is not there. */
const PAST_THE_GATE = [
  'show.not_found',
  'show.not_running',
  'wallet.not_refundable',
  'payout.not_available',
  'payments.away',
];

/** A private show with one ticket sold. */
async function soldTicket(owner: string, channel: string) {
  const body = { channel, type: 'private', ticketPrice: 5, startsAt: new Date(Date.now() + 3_600_000).toISOString() };
  const show = String((await app.call('POST', '/api/streams/create', { cookie: owner, body })).body['id']);
  const cookie = await app.signIn(await app.make.fan({ balanceTokens: 5n }));
  const bought = await app.call('POST', `/api/streams/${show}/tickets/checkout`, {
    cookie,
    body: {},
    headers: freshKey(),
  });
  expect(bought.status).toBe(200);
  return { show, ticketId: String(bought.body['ticketId']), transferId: String(bought.body['transferId']) };
}

/** A valid request to each owner's endpoint, on rows of this owner. */
async function ownersRequests() {
  const channel = await app.make.channel();
  const owner = await app.signIn(channel);
  const key = await app.make.key(channel);
  const rotated = await app.make.key(channel);
  const code = await app.make.code(channel);
  const planned = async () => {
    const body = { channel: channel.slug, startsAt: new Date(Date.now() + 3_600_000).toISOString() };
    return (await app.call('POST', '/api/streams/create', { cookie: owner, body })).body['id'] as string;
  };
  const [toCancel, toTerminate, toDelete] = [await planned(), await planned(), await planned()];
  const { slug } = channel;
  const running = { body: { channel: slug } };
  const sold = await soldTicket(owner, slug);
  const requests: Record<string, { path?: string; body?: unknown; headers?: Record<string, string> }> = {
    'get /api/streams/:id/tickets': { path: `/api/streams/${sold.show}/tickets` },
    'post /api/refunds': { body: { transferId: sold.transferId, amount: 1, reason: 'asked for' }, headers: freshKey() },
    'post /api/streams/:id/tickets/:ticketId/refund': {
      path: `/api/streams/${sold.show}/tickets/${sold.ticketId}/refund`,
      body: {},
      headers: freshKey(),
    },
    'get /api/tips': { path: `/api/tips?channel=${slug}` },
    'get /api/earnings': { path: `/api/earnings?channel=${slug}` },
    'get /api/earnings/statement': { path: `/api/earnings/statement?channel=${slug}&month=2026-11` },
    'get /api/studio/dashboard': { path: `/api/studio/dashboard?channel=${slug}` },
    'get /api/payouts': { path: `/api/payouts?channel=${slug}` },
    'post /api/payouts': { body: { channel: slug, currency: 'TOKEN', amount: 5000 }, headers: freshKey() },
    'post /api/payouts/connect': { body: { channel: slug } },
    'get /api/access-codes': { path: `/api/access-codes?channel=${slug}` },
    'post /api/access-codes/create': { body: { channel: slug } },
    'post /api/access-codes/:id/revoke': { path: `/api/access-codes/${code.id}/revoke`, body: {} },
    'post /api/live-sessions/start': running,
    'post /api/live-sessions/end': running,
    'post /api/live-sessions/pause': running,
    'post /api/live-sessions/resume': running,
    'post /api/live-sessions/go-live': running,
    'get /api/live-sessions/:id/health': { path: `/api/live-sessions/${toTerminate}/health` },
    'post /api/live-sessions/cancel': { body: { sessionId: toCancel } },
    'post /api/streams/create': running,
    'patch /api/streams/:id': { path: `/api/streams/${toTerminate}`, body: { title: 'Later' } },
    'delete /api/streams/:id': { path: `/api/streams/${toDelete}` },
    'post /api/streams/:id/terminate': { path: `/api/streams/${toTerminate}/terminate`, body: {} },
    'patch /api/channels/:slug': { path: `/api/channels/${slug}`, body: { bio: 'Hello' } },
    'get /api/keys': { path: `/api/keys?channel=${slug}` },
    'post /api/keys': { body: { channel: slug, label: 'x' } },
    'post /api/keys/:id/rotate': { path: `/api/keys/${rotated.id}/rotate`, body: {} },
    'post /api/keys/:id/revoke': { path: `/api/keys/${key.id}/revoke`, body: {} },
    'get /api/studio/overview': { path: `/api/studio/overview?channel=${slug}` },
  };
  return { channel, owner, requests };
}

test('role × route: strangers and other creators are turned away, owner and admin come in', async () => {
  const { owner, requests } = await ownersRequests();
  const other = await app.signIn(await app.make.channel());
  const admin = app.config.secrets.adminApiKey;
  const gated = ENDPOINTS.filter(({ caller }) => caller !== 'public');
  for (const endpoint of gated) {
    const name = nameOf(endpoint);
    const request = requests[name];
    if (endpoint.caller !== 'owner') continue;
    if (!request) throw new Error(`${name}: say in this test what a valid request is`);
    const ask = (options: Options) =>
      app.call(endpoint.method.toUpperCase(), request.path ?? endpoint.path, {
        body: request.body,
        ...(request.headers ? { headers: request.headers } : {}),
        ...options,
      });
    expect([name, (await ask({})).status]).toEqual([name, 401]);
    expect([name, (await ask({ bearer: 'wrong' })).status]).toEqual([name, 401]);
    expect([name, (await ask({ cookie: `${app.names.session}=forged.forged` })).status]).toEqual([name, 401]);
    expect([name, (await ask({ cookie: other })).body['code']]).toEqual([name, 'auth.forbidden']);
    const own = await ask({ cookie: owner });
    // No show runs, nothing was earned, no Stripe answers: past the gate all the same.
    if (own.status !== 200) expect(PAST_THE_GATE, name).toContain(own.body['code']);
    const asAdmin = await ask({ bearer: admin, origin: null });
    expect([401, 403]).not.toContain(asAdmin.status);
  }
});

test('what is for who is signed in, and what is for the operator, is for nobody else', async () => {
  const bearer = app.config.secrets.adminApiKey;
  const cookie = await app.signIn(await app.make.fan());
  for (const endpoint of ENDPOINTS.filter(({ caller }) => caller === 'session' || caller === 'admin')) {
    const name = nameOf(endpoint);
    const body = endpoint.method === 'get' ? {} : { body: {} };
    const ask = async (options: Options) =>
      [name, (await app.call(endpoint.method.toUpperCase(), endpoint.path, { ...body, ...options })).status] as const;
    expect(await ask({})).toEqual([name, 401]);
    expect(await ask({ bearer: 'wrong' })).toEqual([name, 401]);
    expect(await ask({ cookie: `${app.names.session}=forged.forged` })).toEqual([name, 401]);
    const [inside, outside] = endpoint.caller === 'session' ? [{ cookie }, { bearer }] : [{ bearer }, { cookie }];
    expect(await ask(outside)).toEqual([name, 403]);
    // What is asked for may be nothing that is there: past the gate all the same.
    expect([401, 403], name).not.toContain((await ask(inside))[1]);
  }
});

test('nothing of the sign-in library is open but what is listed', async () => {
  expect([...AUTH_ROUTES].sort()).toEqual([
    'GET /get-session',
    'POST /change-password',
    'POST /request-password-reset',
    'POST /reset-password',
    'POST /revoke-other-sessions',
    'POST /send-verification-email',
    'POST /sign-in/email',
    'POST /sign-out',
    'POST /sign-up/email',
  ]);
  for (const [method, path] of [
    ['POST', 'update-user'],
    ['POST', 'change-email'],
    ['POST', 'delete-user'],
    ['POST', 'sign-in/social'],
    ['GET', 'list-accounts'],
    ['GET', 'list-sessions'],
    // A scanner of mails that opens a link must confirm nothing.
    ['GET', 'verify-email?token=x'],
    ['GET', 'reset-password/x'],
    ['GET', 'ok'],
  ] as const)
    expect([path, (await app.call(method, `/api/auth/${path}`, method === 'POST' ? { body: {} } : {})).status]).toEqual(
      [path, 404],
    );
  // Who is not signed in changes no password, and a foreign page opens no account.
  expect(
    (await app.call('POST', '/api/auth/change-password', { body: { newPassword: 'x', currentPassword: 'y' } })).status,
  ).toBeGreaterThanOrEqual(400);
});

test('signing in, out, and ten wrong passwords', async () => {
  const creator = await app.make.channel();
  const cookie = await app.signIn(creator);
  expect((await app.call('GET', '/api/studio/me', { cookie })).body).toMatchObject({ email: creator.email });
  await app.call('POST', '/api/auth/sign-out', { cookie, body: {} });
  expect((await app.call('GET', '/api/studio/me', { cookie })).status).toBe(401);
  const address = freshAddress();
  const attempt = (password: string) =>
    app.call('POST', '/api/auth/sign-in/email', { address, body: { email: creator.email, password } });
  for (let n = 0; n < 10; n += 1) expect((await attempt('wrong password')).status).toBe(401);
  expect((await attempt(creator.password)).status).toBe(429);
  const [row] = await app.owner('SELECT password FROM account LIMIT 1');
  expect(row?.['password']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('every mutation from a foreign page is refused; wrong type, size and field are named', async () => {
  for (const endpoint of ENDPOINTS.filter(({ method }) => method !== 'get')) {
    for (const origin of ['https://evil.example', 'null', null]) {
      const answer = await app.call(endpoint.method.toUpperCase(), endpoint.path, { origin, body: {} });
      expect([nameOf(endpoint), answer.body['code']]).toEqual([nameOf(endpoint), 'request.foreign_origin']);
    }
  }
  expect((await app.call('POST', '/api/auth/sign-in/email', { origin: 'https://evil.example', body: {} })).status).toBe(
    403,
  );
  const path = '/api/access-codes/validate';
  const form = await app.call('POST', path, {
    body: 'code=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(form.status).toBe(415);
  expect((await app.call('POST', path, { body: { code: 'x'.repeat(40_000), channel: 'demo' } })).status).toBe(413);
  expect((await app.call('POST', path, { body: '{"code":' })).status).toBe(400);
  const unknown = await app.call('POST', path, { body: { code: 'x', channel: 'demo', extra: 1 } });
  expect(unknown).toMatchObject({ status: 400, body: { details: { field: 'extra' } } });
});

test('the port to media is closed to strangers and to what came through Nginx', async () => {
  for (const path of ['/internal/media/sync', '/internal/media/authorize']) {
    expect((await app.call('POST', path, { body: {} })).status).toBe(401);
    expect((await app.call('POST', path, { body: {}, bearer: 'x' })).status).toBe(401);
    const routed = { body: {}, bearer: app.config.secrets.mediaSecret, address: '10.1.1.1' };
    expect((await app.call('POST', path, routed)).status).toBe(404);
  }
  expect((await app.call('GET', '/metrics', { address: '10.1.1.1' })).status).toBe(404);
  expect((await app.call('GET', '/metrics')).status).toBe(200);
});

test('headers, health and the API document', async () => {
  const response = await fetch(`http://127.0.0.1:${app.port}/api/health`);
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  const { body } = await app.call('GET', '/api/openapi.json');
  const paths = body['paths'] as Record<string, Record<string, unknown>>;
  for (const { method, path } of ENDPOINTS) expect(paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method]).toBeDefined();
  const ready = await app.call('GET', '/api/ready');
  expect(ready).toMatchObject({ status: 503, body: { ready: false, database: true, redis: true, media: false } });
});

const json = fc.jsonValue({ maxDepth: 3 });

/** Random values under the names that an endpoint knows, so that more than the first check is reached. */
const likely = fc.dictionary(
  fc.constantFrom(
    'code',
    'channel',
    'count',
    'label',
    'email',
    'title',
    'startsAt',
    'sessionId',
    'name',
    'graceSeconds',
  ),
  fc.oneof(json, fc.string({ unit: 'binary' }), fc.constantFrom('demo', -1, 1e308, '2026-01-01T00:00:00Z')),
);

test('no JSON makes any endpoint fail', async () => {
  const { slug } = await app.make.channel();
  const bearer = app.config.secrets.adminApiKey;
  const endpoint = fc.constantFrom(
    ...ENDPOINTS.filter(({ path }) => !['/api/ready', '/api/admin/reconcile'].includes(path)),
  );
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(slug, `shw_${'0'.repeat(26)}`, '%00', '..'),
  );
  await fc.assert(
    fc.asyncProperty(endpoint, fc.oneof(json, likely), piece, async ({ method, path }, body, text) => {
      const safe = encodeURIComponent(text.toWellFormed()) || 'x';
      const address = `${path.replaceAll(/:\w+/g, safe === '.' || safe === '..' ? '%2e%2e' : safe)}?channel=${safe}&state=${safe}`;
      const answer = await app.call(method.toUpperCase(), address, {
        bearer,
        address: freshAddress(),
        ...(method === 'get' ? {} : { body }),
      });
      expect(answer.status, `${method} ${address} ${JSON.stringify(body)}`).toBeLessThan(500);
    }),
    { numRuns: 600 },
  );
});

test('no message makes the socket server fail, and every event answers within its budget', async () => {
  const socket = io(`http://127.0.0.1:${app.port}`, {
    transports: ['websocket'],
    extraHeaders: { origin: app.config.publicUrl },
  });
  const events = Object.keys(CLIENT_EVENTS);
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...events), json, async (name, sent) => {
      const reply = (await socket.timeout(5000).emitWithAck(name, sent)) as { ok: boolean; code?: string };
      expect(reply.ok).toBe(false);
      codes.add(String(reply.code));
    }),
    { numRuns: 200 },
  );
  // An empty object is a valid question to hear one's own notices, which a stranger may not.
  expect(['auth.required', 'request.invalid', 'request.too_many']).toEqual(expect.arrayContaining([...codes]));
  expect(codes).toContain('request.too_many');
  socket.emit('no-such-event', { a: 1 });
  socket.emit('room:join');
  expect((await app.call('GET', '/api/health')).status).toBe(200);
  socket.close();
});
