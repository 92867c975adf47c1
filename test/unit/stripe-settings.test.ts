/** Who takes the money: Stripe, its stand-in, or nobody because set-up refuses. */
import { expect, test } from 'vitest';
import type { Secrets, Settings } from '#config/index.ts';
import { parseVariables } from '../../config/environment.ts';
import { resolveSecrets, resolveSettings } from '../../config/resolve.ts';

const KEYS = { STRIPE_SECRET_KEY: 'sk_live_abcdefghijklmnop', STRIPE_WEBHOOK_SECRET: 'whsec_abcdefghijklmnop' };
const PUBLIC = { STAGEDOOR_PUBLIC_URL: 'https://live.example.org' };

let port = 20_000;
const place = {
  varDir: '/srv/stagedoor',
  appDir: '/srv/app',
  user: null,
  loopbackPort: async (kept: number | undefined) => kept ?? ++port,
};

type Kept = { readonly settings: Settings; readonly secrets: Secrets } | null;
/** One run of set-up with these variables after what an earlier run has kept. */
async function setUp(raw: Record<string, string>, kept: Kept = null) {
  const given = parseVariables(raw);
  const settings = await resolveSettings(given, kept?.settings ?? null, place);
  return { settings, secrets: resolveSecrets(given, kept?.secrets ?? null, settings) };
}

test('without keys a stand-in on loopback takes the orders, with keys of its own that stay', async () => {
  const first = await setUp({});
  const { standinPort, stripe } = first.settings;
  expect(stripe).toMatchObject({ mode: 'standin', apiBase: `http://127.0.0.1:${standinPort}` });
  expect(first.secrets.stripeSecretKey).toMatch(/^sk_test_standin[0-9a-f]{48}$/);
  expect(first.secrets.stripeWebhookSecret).toMatch(/^whsec_[0-9a-f]{48}$/);
  const second = await setUp({}, first);
  expect([second.settings.stripe, second.settings.standinPort]).toEqual([stripe, standinPort]);
  expect(second.secrets).toEqual(first.secrets);
});

test('keys are kept once given, so that a lost variable does not make sales cost nothing', async () => {
  const live = await setUp({ ...PUBLIC, ...KEYS });
  expect(live.settings).toMatchObject({
    standinPort: null,
    stripe: { mode: 'live', apiBase: 'https://api.stripe.com' },
  });
  const later = await setUp({}, live);
  expect(later.settings.stripe.mode).toBe('live');
  expect(later.secrets.stripeSecretKey).toBe(KEYS.STRIPE_SECRET_KEY);
  expect(later.secrets.stripeWebhookSecret).toBe(KEYS.STRIPE_WEBHOOK_SECRET);
  const back = await setUp({ STRIPE_SECRET_KEY: 'standin', STAGEDOOR_STRIPE_STANDIN: 'yes' }, later);
  expect(back.settings.stripe.mode).toBe('standin');
  expect(back.secrets.stripeSecretKey).toMatch(/^sk_test_standin/);
});

test('an install from before has neither setting nor key', async () => {
  const { settings, secrets } = await setUp({});
  const { stripe: _stripe, standinPort: _port, ...oldSettings } = settings;
  const { stripeSecretKey: _key, stripeWebhookSecret: _webhook, standinSecret: _secret, ...oldSecrets } = secrets;
  const next = await setUp({}, { settings: oldSettings as Settings, secrets: oldSecrets as Secrets });
  expect(next.settings.stripe.mode).toBe('standin');
  expect(next.secrets.stripeSecretKey).toMatch(/^sk_test_standin/);
});

test('tax and invoices are off until asked for, kept once given, and can be taken out again', async () => {
  const none = { stripeTax: 'none', stripeTaxCode: null, stripeInvoices: false };
  const first = await setUp({});
  expect(first.settings).toMatchObject(none);
  const given = {
    STAGEDOOR_STRIPE_TAX: 'exclusive',
    STAGEDOOR_STRIPE_TAX_CODE: 'txcd_10000000',
    STAGEDOOR_STRIPE_INVOICES: 'on',
  };
  const taxed = await setUp(given, first);
  expect(taxed.settings).toMatchObject({
    stripeTax: 'exclusive',
    stripeTaxCode: 'txcd_10000000',
    stripeInvoices: true,
  });
  expect((await setUp({}, taxed)).settings).toEqual(taxed.settings);
  const off = {
    STAGEDOOR_STRIPE_TAX: 'off',
    STAGEDOOR_STRIPE_TAX_CODE: 'off',
    STAGEDOOR_STRIPE_INVOICES: 'off',
  };
  expect((await setUp(off, taxed)).settings).toMatchObject(none);
  expect(() => parseVariables({ STAGEDOOR_STRIPE_TAX: '19' })).toThrow('must be off, inclusive or exclusive');
  expect(() => parseVariables({ STAGEDOOR_STRIPE_TAX_CODE: 'video' })).toThrow('like txcd_10000000');
});

test('a stand-in behind a public https address needs a word, which is kept', async () => {
  await expect(setUp(PUBLIC)).rejects.toThrow(
    /^https:\/\/live\.example\.org is a public address, and without STRIPE_SECRET_KEY .* or STAGEDOOR_STRIPE_STANDIN=yes/,
  );
  for (const url of ['https://localhost:8443', 'http://192.168.1.20:8080'])
    expect((await setUp({ STAGEDOOR_PUBLIC_URL: url })).settings.stripe.mode).toBe('standin');
  const allowed = await setUp({ ...PUBLIC, STAGEDOOR_STRIPE_STANDIN: 'yes' });
  expect((await setUp({}, allowed)).settings.stripe.mode).toBe('standin');
  await expect(setUp({ STAGEDOOR_STRIPE_STANDIN: 'no' }, allowed)).rejects.toThrow(/public address/);
});

test('the secret of the webhook for connected accounts may be given, kept, changed and taken out; any may be two', async () => {
  const connect = 'whsec_of_connected_accounts';
  const plain = await setUp({ ...PUBLIC, ...KEYS });
  expect(plain.secrets.stripeConnectWebhookSecret).toBeNull();
  const given = await setUp({ STRIPE_CONNECT_WEBHOOK_SECRET: connect }, plain);
  expect(given.secrets).toMatchObject({
    stripeWebhookSecret: KEYS.STRIPE_WEBHOOK_SECRET,
    stripeConnectWebhookSecret: connect,
  });
  const rotated = `${KEYS.STRIPE_WEBHOOK_SECRET},whsec_ponmlkjihgfedcba`;
  const later = await setUp({ ...KEYS, STRIPE_WEBHOOK_SECRET: rotated }, given);
  expect(later.secrets).toMatchObject({ stripeWebhookSecret: rotated, stripeConnectWebhookSecret: connect });
  const out = await setUp({ STRIPE_CONNECT_WEBHOOK_SECRET: 'off' }, later);
  expect(out.secrets.stripeConnectWebhookSecret).toBeNull();
  const back = await setUp({ STRIPE_SECRET_KEY: 'standin', STAGEDOOR_STRIPE_STANDIN: 'yes' }, later);
  expect(back.secrets.stripeConnectWebhookSecret).toBeNull();
  await expect(setUp({ STRIPE_CONNECT_WEBHOOK_SECRET: connect })).rejects.toThrow(
    /^STRIPE_CONNECT_WEBHOOK_SECRET needs STRIPE_SECRET_KEY/,
  );
  for (const wrong of ['secret', 'whsec_short', `${rotated},${connect}`, `${connect}, ${connect}`])
    await expect(setUp({ ...PUBLIC, ...KEYS, STRIPE_CONNECT_WEBHOOK_SECRET: wrong })).rejects.toThrow(
      /^STRIPE_CONNECT_WEBHOOK_SECRET must be the signing secret/,
    );
});
