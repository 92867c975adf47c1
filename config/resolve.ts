/**
 * Resolves what the operator gave, what an earlier run decided and our defaults into the two files
 * that every process reads. What was decided once (ports, secrets) is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ladderOf, NO_CONNECT_WEBHOOK, type Variables } from './environment.ts';
import { ConfigError, type Secrets, Settings, STANDIN_KEY_PREFIX } from './index.ts';
import { machineZone, mailFromOf, operatorOf, smtpUrlOf } from './mail.ts';

/** What resolving needs from outside: where things are, and how to find a free loopback port. */
export type Place = {
  readonly varDir: string;
  readonly appDir: string;
  readonly user: string | null;
  /** Returns the port if it is given and still usable, else a free one. */
  readonly loopbackPort: (kept: number | undefined) => Promise<number>;
};

const DEFAULT_HTTP_PORT = 8080;
const DEFAULT_RTMP_PORT = 1935;
const DEFAULT_API_INSTANCES = 2;
/**
 * A quarter of a second costs a fifth less than 200 ms, in requests and in processor time, and viewers are still
 * about a second behind. This value stands between whole numbers of frames at 24, 25, 30, 50 and 60 a second, so
 * that rounding never makes parts of a steady stream differ by a frame.
 */
const DEFAULT_PART_MS = 265;
/** Seconds. Starting ffmpeg is what a picture costs; pages show the newest anyway. */
const DEFAULT_THUMBNAIL_S = 120;

const PRICES = Settings.pick({
  currency: true,
  tokenPacks: true,
  tokenPrice: true,
  payoutRate: true,
  payoutMinimum: true,
  payoutHoldDays: true,
  plans: true,
});

const localUrl = (httpPort: number) => `http://localhost:${httpPort}`;
const secret = () => randomBytes(32).toString('base64url');

/** Eight letters or digits, none of which reads like another. */
function newInstallId(): string {
  return createHash('sha256').update(randomBytes(32)).digest('hex').slice(0, 8);
}

function publicUrlOf(given: Variables, kept: Settings | null, httpPort: number): string {
  if (given.STAGEDOOR_PUBLIC_URL) return given.STAGEDOOR_PUBLIC_URL;
  // A default that followed the old port follows the new one.
  const wasDefault = kept === null || kept.publicUrl === localUrl(kept.httpPort);
  return wasDefault ? localUrl(httpPort) : kept.publicUrl;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

type Standing = Pick<Settings, 'stripe'> | null;

function choiceOf(given: Variables, kept: Standing) {
  const key = given.STRIPE_SECRET_KEY;
  const allowed = given.STAGEDOOR_STRIPE_STANDIN;
  const live = key ? key !== 'standin' : kept?.stripe?.mode === 'live';
  return { live, standinInPublic: allowed ? allowed === 'yes' : (kept?.stripe?.standinInPublic ?? false) };
}

/** Why this public address may not be had with the stand-in for Stripe, in one sentence; null where it may. */
export function standinRefusal(given: Variables, kept: Standing, publicUrl: string): string | null {
  const { live, standinInPublic } = choiceOf(given, kept);
  const { protocol, hostname } = new URL(publicUrl);
  if (live || standinInPublic || protocol !== 'https:' || LOCAL_HOSTS.has(hostname)) return null;
  return `${publicUrl} is a public address, and without STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET buyers there would meet a stand-in that moves no money: set both, or STAGEDOOR_STRIPE_STANDIN=yes if that is what you want.`;
}

/** Stripe once its keys were given, until told otherwise: losing a variable must not make sales cost nothing. */
async function stripeOf(given: Variables, kept: Settings | null, publicUrl: string, place: Place) {
  const { live, standinInPublic } = choiceOf(given, kept);
  if (live)
    return {
      standinPort: null,
      stripe: { mode: 'live' as const, apiBase: 'https://api.stripe.com', standinInPublic },
    };
  const refusal = standinRefusal(given, kept, publicUrl);
  if (refusal) throw new ConfigError(refusal);
  const standinPort = await place.loopbackPort(kept?.standinPort ?? undefined);
  return {
    standinPort,
    stripe: { mode: 'standin' as const, apiBase: `http://127.0.0.1:${standinPort}`, standinInPublic },
  };
}

/** Tax and invoices: given, else kept, else none. */
function taxOf(
  given: Variables,
  kept: Settings | null,
): Pick<Settings, 'stripeTax' | 'stripeTaxCode' | 'stripeInvoices'> {
  const { STAGEDOOR_STRIPE_TAX: tax, STAGEDOOR_STRIPE_TAX_CODE: code, STAGEDOOR_STRIPE_INVOICES: invoices } = given;
  return {
    stripeTax: tax ? (tax === 'off' ? 'none' : tax) : (kept?.stripeTax ?? 'none'),
    stripeTaxCode: code ? (code === 'off' ? null : code) : (kept?.stripeTaxCode ?? null),
    stripeInvoices: invoices ? invoices === 'on' : (kept?.stripeInvoices ?? false),
  };
}

type Prices = Pick<
  Settings,
  'currency' | 'tokenPacks' | 'tokenPrice' | 'payoutRate' | 'payoutMinimum' | 'payoutHoldDays' | 'plans'
>;

/** What is sold and for how much: given, else kept, else what the schema says. */
function pricesOf(given: Variables, kept: Settings | null): Prices {
  const defaults = PRICES.parse({});
  const parts = (text: string) => text.split(',').map((one) => one.split(':'));
  const packs = given.STAGEDOOR_TOKEN_PACKS;
  const plans = given.STAGEDOOR_PLANS;
  return {
    currency: given.STAGEDOOR_CURRENCY ?? kept?.currency ?? defaults.currency,
    tokenPacks: packs
      ? parts(packs).map(([tokens, priceMinor]) => ({ tokens: Number(tokens), priceMinor: Number(priceMinor) }))
      : (kept?.tokenPacks ?? defaults.tokenPacks),
    tokenPrice: given.STAGEDOOR_TOKEN_PRICE ?? kept?.tokenPrice ?? defaults.tokenPrice,
    payoutRate: given.STAGEDOOR_PAYOUT_RATE ?? kept?.payoutRate ?? defaults.payoutRate,
    payoutMinimum: given.STAGEDOOR_PAYOUT_MINIMUM ?? kept?.payoutMinimum ?? defaults.payoutMinimum,
    payoutHoldDays: given.STAGEDOOR_PAYOUT_HOLD_DAYS ?? kept?.payoutHoldDays ?? defaults.payoutHoldDays,
    plans: plans
      ? parts(plans === 'off' ? '' : plans).flatMap(([id = '', priceMinor, name = '']) =>
          id ? [{ id, priceMinor: Number(priceMinor), name }] : [],
        )
      : (kept?.plans ?? defaults.plans),
  };
}

async function portsOf(count: number, kept: readonly number[], place: Place): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index++) ports.push(await place.loopbackPort(kept[index]));
  return ports;
}

/** Settings of this run: given variables first, then what was kept, then the defaults. */
export async function resolveSettings(given: Variables, kept: Settings | null, place: Place): Promise<Settings> {
  const httpPort = given.STAGEDOOR_HTTP_PORT ?? kept?.httpPort ?? DEFAULT_HTTP_PORT;
  const instances = given.STAGEDOOR_API_INSTANCES ?? kept?.apiPorts.length ?? DEFAULT_API_INSTANCES;
  const installId = kept?.installId ?? newInstallId();
  const ownDatabase = given.DATABASE_URL === undefined && (kept === null || kept.mariadbPort !== null);
  const ownRedis = given.REDIS_URL === undefined && (kept === null || kept.redisPort !== null);
  const publicUrl = publicUrlOf(given, kept, httpPort);
  return {
    installId,
    appDir: place.appDir,
    user: place.user,
    httpPort,
    rtmpPort: given.STAGEDOOR_RTMP_PORT ?? kept?.rtmpPort ?? DEFAULT_RTMP_PORT,
    publicUrl,
    apiPorts: await portsOf(instances, kept?.apiPorts ?? [], place),
    mediaPort: await place.loopbackPort(kept?.mediaPort),
    mariadbPort: ownDatabase ? await place.loopbackPort(kept?.mariadbPort ?? undefined) : null,
    redisPort: ownRedis ? await place.loopbackPort(kept?.redisPort ?? undefined) : null,
    redisPrefix: `sd:${installId}:`,
    ...(await stripeOf(given, kept, publicUrl, place)),
    ...taxOf(given, kept),
    mailFrom: mailFromOf(given, kept),
    ...operatorOf(given, kept),
    ageGate: (given.STAGEDOOR_AGE_GATE ?? kept?.ageGate ?? 0) || null,
    termsUrl: given.STAGEDOOR_TERMS_URL ?? kept?.termsUrl ?? null,
    timeZone: given.STAGEDOOR_TIME_ZONE ?? kept?.timeZone ?? machineZone(),
    mediaDir: join(place.varDir, 'media'),
    logLevel: given.LOG_LEVEL ?? kept?.logLevel ?? 'info',
    graceSeconds: given.STAGEDOOR_GRACE_SECONDS ?? kept?.graceSeconds ?? 120,
    windowSeconds: given.STAGEDOOR_WINDOW_SECONDS ?? kept?.windowSeconds ?? 300,
    partMilliseconds: given.STAGEDOOR_PART_MILLISECONDS ?? kept?.partMilliseconds ?? DEFAULT_PART_MS,
    ladder: given.STAGEDOOR_LADDER ? ladderOf(given.STAGEDOOR_LADDER) : (kept?.ladder ?? 'auto'),
    ladderCores: given.STAGEDOOR_LADDER_CORES ?? kept?.ladderCores ?? null,
    recordingDays: given.STAGEDOOR_RECORDING_DAYS ?? kept?.recordingDays ?? 7,
    recordingsDir: join(place.varDir, 'recordings'),
    thumbnailSeconds: given.STAGEDOOR_THUMBNAIL_SECONDS ?? kept?.thumbnailSeconds ?? DEFAULT_THUMBNAIL_S,
    ticketedLateMinutes: given.STAGEDOOR_TICKETED_LATE_MINUTES ?? kept?.ticketedLateMinutes ?? 60,
    testSeconds: given.STAGEDOOR_TEST_SECONDS ?? kept?.testSeconds ?? 900,
    lowLatencyViewers: given.STAGEDOOR_LOW_LATENCY_VIEWERS ?? kept?.lowLatencyViewers ?? 1000,
    ...(kept?.tls ? { tls: kept.tls } : {}),
    ...(kept?.nginxBinary ? { nginxBinary: kept.nginxBinary } : {}),
    diskFloorPercent: given.STAGEDOOR_DISK_FLOOR_PERCENT ?? kept?.diskFloorPercent ?? 10,
    ...pricesOf(given, kept),
  };
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

type DatabaseUrls = Pick<Secrets, 'databaseUrl' | 'databaseMigrationUrl'>;

function databaseUrls(given: Variables, kept: Secrets | null, port: number | null): DatabaseUrls {
  if (given.DATABASE_URL)
    return {
      databaseUrl: given.DATABASE_URL,
      databaseMigrationUrl: given.DATABASE_MIGRATION_URL ?? given.DATABASE_URL,
    };
  if (port === null) {
    if (!kept) throw new Error('an outside database without an address');
    return { databaseUrl: kept.databaseUrl, databaseMigrationUrl: kept.databaseMigrationUrl };
  }
  const own = (user: string) => `mysql://${user}:${secret()}@127.0.0.1:${port}/stagedoor`;
  return {
    databaseUrl: kept ? withPort(kept.databaseUrl, port) : own('app'),
    databaseMigrationUrl: kept ? withPort(kept.databaseMigrationUrl, port) : own('owner'),
  };
}

function redisUrlOf(given: Variables, kept: Secrets | null, port: number | null): string {
  if (given.REDIS_URL) return given.REDIS_URL;
  if (kept) return port === null ? kept.redisUrl : withPort(kept.redisUrl, port);
  if (port === null) throw new Error('an outside Redis without an address');
  return `redis://:${secret()}@127.0.0.1:${port}/0`;
}

type StripeSecrets = Pick<Secrets, 'stripeSecretKey' | 'stripeWebhookSecret' | 'stripeConnectWebhookSecret'>;

/** The secret of the webhook for connected accounts: given, else kept, and none beside the stand-in, which has no such. */
function connectSecretOf(given: Variables, kept: string | null, mode: Settings['stripe']['mode']): string | null {
  const named = given.STRIPE_CONNECT_WEBHOOK_SECRET;
  if (named === NO_CONNECT_WEBHOOK) return null;
  if (mode === 'live') return named ?? kept;
  if (named)
    throw new ConfigError(
      'STRIPE_CONNECT_WEBHOOK_SECRET needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET beside it: the stand-in for Stripe has no webhook for connected accounts.',
    );
  return null;
}

function stripeSecretsOf(given: Variables, kept: Secrets | null, mode: Settings['stripe']['mode']): StripeSecrets {
  const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: webhook } = given;
  const keptMode = kept?.stripeSecretKey?.startsWith(STANDIN_KEY_PREFIX) ? 'standin' : 'live';
  const known = kept?.stripeSecretKey && keptMode === mode ? kept : null;
  const stripeConnectWebhookSecret = connectSecretOf(given, known?.stripeConnectWebhookSecret ?? null, mode);
  if (key && webhook) return { stripeSecretKey: key, stripeWebhookSecret: webhook, stripeConnectWebhookSecret };
  if (known) {
    const { stripeSecretKey, stripeWebhookSecret } = known;
    return { stripeSecretKey, stripeWebhookSecret, stripeConnectWebhookSecret };
  }
  if (mode === 'live')
    throw new ConfigError(
      "The keys of Stripe are not in this install's secrets: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET once more.",
    );
  return {
    stripeSecretKey: `${STANDIN_KEY_PREFIX}${randomBytes(24).toString('hex')}`,
    stripeWebhookSecret: `whsec_${randomBytes(24).toString('hex')}`,
    stripeConnectWebhookSecret,
  };
}

/** Secrets of this run: made once from 256 random bits each, then kept. */
export function resolveSecrets(given: Variables, kept: Secrets | null, settings: Settings): Secrets {
  return {
    ...databaseUrls(given, kept, settings.mariadbPort),
    redisUrl: redisUrlOf(given, kept, settings.redisPort),
    sessionSecret: kept?.sessionSecret ?? secret(),
    grantSecret: kept?.grantSecret ?? secret(),
    addressSecret: kept?.addressSecret ?? secret(),
    codeLookupKey: kept?.codeLookupKey ?? secret(),
    codeSealKey: kept?.codeSealKey ?? randomBytes(32).toString('hex'),
    ledgerKey: kept?.ledgerKey ?? secret(),
    mediaSecret: kept?.mediaSecret ?? secret(),
    ...stripeSecretsOf(given, kept, settings.stripe.mode),
    standinSecret: kept?.standinSecret ?? secret(),
    smtpUrl: smtpUrlOf(given, kept),
    adminApiKey: given.ADMIN_API_KEY ?? kept?.adminApiKey ?? secret(),
  };
}
