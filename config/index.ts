/**
 * The configuration of one install. Set-up resolves environment and `.env` once into two files under
 * `$STAGEDOOR_VAR`: `settings.json` (anybody may read it) and `secrets.json` (0600). Every process
 * reads these itself, so that neither PM2's dump nor a process's environment holds a secret.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Port = z.number().int().min(1).max(65535);
const Secret = z.string().min(32);

/** What `stagedoor setup DOMAIN` found and made. Without it the install speaks plain HTTP and RTMP. */
export const Tls = z.strictObject({
  domain: z.string(),
  /** Readable by the unprivileged user; renewal replaces them in place. */
  certFile: z.string(),
  keyFile: z.string(),
  /** HTTPS. `httpPort` then redirects, and answers ACME challenges. */
  httpsPort: Port,
  rtmpsPort: Port,
  /** Nginx serves `/.well-known/acme-challenge/` from here over plain HTTP. */
  acmeWebroot: z.string(),
  /** Strict-Transport-Security is sent: set-up saw a verified HTTPS answer once. */
  hsts: z.boolean(),
});
export type Tls = z.infer<typeof Tls>;

const TokenPack = z.object({
  tokens: z.number().int().min(1).max(1_000_000),
  priceMinor: z.number().int().min(1).max(100_000_000),
});
const DEFAULT_PACKS = [
  { tokens: 500, priceMinor: 549 },
  { tokens: 1000, priceMinor: 999 },
  { tokens: 2500, priceMinor: 2399 },
];
const Plan = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  name: z.string().min(1).max(60),
  priceMinor: z.number().int().min(1).max(100_000_000),
});
const DEFAULT_PLANS = [{ id: 'creator', name: 'Creator', priceMinor: 1900 }];

/** Keys of other versions are ignored, so that an upgrade and its way back can read each other's files. */
export const Settings = z.object({
  /** Eight letters or digits, made at the first set-up; prefixes cookies, Redis keys and sockets. */
  installId: z.string().regex(/^[a-z0-9]{8}$/),
  /** Where the code runs from: the checkout, or a copy that the unprivileged user can read. */
  appDir: z.string(),
  /** Unprivileged user that everything runs as; null where set-up was not root. */
  user: z.string().nullable(),
  httpPort: Port,
  rtmpPort: Port,
  publicUrl: z.url(),
  tls: Tls.optional(),
  /** A copy of nginx that may bind ports below 1024; absent: the system's nginx. */
  nginxBinary: z.string().optional(),
  /** Loopback ports, picked free at the first set-up. */
  apiPorts: z.array(Port).min(1),
  mediaPort: Port,
  mariadbPort: Port.nullable(),
  redisPort: Port.nullable(),
  redisPrefix: z.string(),
  /** The stand-in for Stripe; null where keys of Stripe were given. */
  standinPort: Port.nullable().default(null),
  /** Who takes the money. The default is never used: set-up writes it, and reads files of before it existed. */
  stripe: z
    .object({
      mode: z.enum(['live', 'standin']),
      apiBase: z.url(),
      /** The operator allowed the stand-in behind a public https address. */
      standinInPublic: z.boolean().default(false),
    })
    .default({ mode: 'standin', apiBase: 'http://127.0.0.1:0', standinInPublic: false }),
  /** How tax, which Stripe Tax works out, goes with prices in cash: none, contained in them, or on top of them. */
  stripeTax: z.enum(['none', 'inclusive', 'exclusive']).default('none'),
  /** What is sold, in Stripe's list of tax codes; null: what the Stripe account says. */
  stripeTaxCode: z
    .string()
    .regex(/^txcd_\d{8}$/)
    .nullable()
    .default(null),
  /** Stripe also makes an invoice of what is paid once; of what is paid each month it always does. */
  stripeInvoices: z.boolean().default(false),
  /** Who mails come from; null where no mail server was ever named. */
  mailFrom: z.string().nullable().default(null),
  /** Where the operator is told what needs a decision or a look; absent: only the outbox page shows it. */
  operatorEmail: z.string().optional(),
  /** IANA name: the zone of times in mails. */
  timeZone: z.string().default('UTC'),
  /** Age that a buyer and a new account confirm, years; null: none is asked. */
  ageGate: z.number().int().min(1).max(99).nullable().default(null),
  /** Address of the operator's terms; null: none was named. */
  termsUrl: z.url().nullable().default(null),
  /** Directory of init, segment and part files. */
  mediaDir: z.string(),
  /** Addresses and keys of set-up's demo channel are printed only on such an install. */
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  /** How long a show waits for its encoder unless its channel says otherwise, seconds. */
  graceSeconds: z.number().int().min(0).max(1800),
  /** Playlist window: how far back a viewer may seek, seconds. */
  windowSeconds: z.number().int().min(12).max(14400),
  partMilliseconds: z.number().int().min(100).max(1000),
  /** Heights of the transcoded renditions, or `auto`: as many as `ladderCores` carries. */
  ladder: z.union([z.literal('auto'), z.array(z.number().int().min(144).max(1080)).max(6)]).default('auto'),
  /** Processor cores that transcoding may use on the whole; null: half of the machine's. */
  ladderCores: z.number().min(0).max(512).nullable().default(null),
  /** Recordings are kept this long, days; 0: nothing is recorded. */
  recordingDays: z.number().int().min(0).max(3650).default(7),
  /** Directory of recordings. */
  recordingsDir: z.string(),
  /** Seconds between thumbnails of a live show; 0: none are taken. */
  thumbnailSeconds: z.number().int().min(0).max(3600).default(120),
  /** A show with tickets that nobody can watch so long after its time is cancelled, minutes. */
  ticketedLateMinutes: z.number().int().min(5).max(1440).default(60),
  /** A test stream ends by itself after so long, seconds. */
  testSeconds: z.number().int().min(60).max(14_400).default(900),
  /** With so many viewers, newcomers get the playlist without parts: latency is shed before picture. */
  lowLatencyViewers: z.number().int().min(0).max(1_000_000).default(1000),
  /** Under this share of free disk, percent, media is shed first. */
  diskFloorPercent: z.number().min(0).max(50),
  /** The cash currency of every price, ISO 4217 in lower case. Prices stand in its minor unit. */
  currency: z
    .string()
    .regex(/^[a-z]{3}$/)
    .default('eur'),
  tokenPacks: z.array(TokenPack).max(12).default(DEFAULT_PACKS),
  /** Any other number of tokens, minor units a hundred. */
  tokenPrice: z.number().int().min(1).max(1_000_000).default(110),
  /** What creators are paid for 100 tokens, minor units. */
  payoutRate: z.number().int().min(1).max(1_000_000).default(100),
  /** The least of one payout, minor units. */
  payoutMinimum: z.number().int().min(1).max(100_000_000).default(2000),
  /** Earnings wait so long before they can be paid out, against refunds and chargebacks, days. */
  payoutHoldDays: z.number().int().min(0).max(365).default(7),
  /** Creators' plans of this server, renewed each month. */
  plans: z.array(Plan).max(12).default(DEFAULT_PLANS),
});
export type Settings = z.infer<typeof Settings>;

/** As with settings, keys of other versions are ignored. */
export const Secrets = z.object({
  /** mysql:// URLs. `app` may not change tables or append-only rows; `owner` migrates. */
  databaseUrl: z.string(),
  databaseMigrationUrl: z.string(),
  redisUrl: z.string(),
  sessionSecret: Secret,
  grantSecret: Secret,
  addressSecret: Secret,
  /** Looks codes up (HMAC); changing it makes every code unknown. */
  codeLookupKey: Secret,
  /** Seals codes for reminders (AES-256-GCM); 32 bytes, hex. */
  codeSealKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** Authenticates the ledger's entries (HMAC). Without it they cannot be proved: it belongs in every backup. */
  ledgerKey: Secret,
  mediaSecret: Secret,
  /** Begins with `STANDIN_KEY_PREFIX` where it was made for the stand-in. */
  stripeSecretKey: z.string().min(16),
  /** Of the webhook for the own account; while it is changed two, the old and the new, with a comma between them. */
  stripeWebhookSecret: z.string().min(16),
  /** Of the webhook for connected accounts, likewise; null where there is none. */
  stripeConnectWebhookSecret: z.string().min(16).nullable().default(null),
  /** Opens the control address of the stand-in. */
  standinSecret: Secret,
  /** The mail server with user and password; null: mails are kept in the outbox and not sent. */
  smtpUrl: z.string().nullable().default(null),
  adminApiKey: Secret,
});
export type Secrets = z.infer<typeof Secrets>;

/** Tells a key that set-up made for the stand-in from every key of Stripe. */
export const STANDIN_KEY_PREFIX = 'sk_test_standin';

export type Config = Settings & {
  readonly varDir: string;
  readonly secrets: Secrets;
  /** True where the public address is HTTPS: cookies get `__Host-`, HSTS is sent. */
  readonly secure: boolean;
};

/** What is wrong with the configuration, in one sentence that names the key. */
export class ConfigError extends Error {}

function readJson<S extends z.ZodType>(schema: S, file: string): z.infer<S> {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`Cannot read ${file}. Run "npm start" once to set this install up.`, { cause });
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = `${file}: ${issue?.path.join('.') ?? ''}`;
  throw new ConfigError(
    `${where}: ${issue?.message ?? 'invalid'}. Run "npm start": it brings what another version wrote up to this one.`,
  );
}

/** The folder that the environment names. Throws `ConfigError`. */
export function namedVarDir(): string {
  const varDir = process.env['STAGEDOOR_VAR'];
  if (!varDir) throw new ConfigError('STAGEDOOR_VAR is not set: it names the folder that "npm start" made.');
  return varDir;
}

/** Reads an install's configuration. Throws `ConfigError` with one sentence. */
export function loadConfig(varDir: string = namedVarDir()): Config {
  const settings = readJson(Settings, join(varDir, 'settings.json'));
  const secrets = readJson(Secrets, join(varDir, 'secrets.json'));
  return { ...settings, varDir, secrets, secure: settings.publicUrl.startsWith('https:') };
}

/** The loopback port of this api process: PM2 counts PORT up from the first. Throws `ConfigError`. */
export function ownPort(config: Config, named: string | undefined = process.env['PORT']): number {
  const port = named === undefined ? config.apiPorts[0] : Number(named);
  if (port === undefined || !config.apiPorts.includes(port)) {
    throw new ConfigError(`PORT must be one of ${config.apiPorts.join(', ')}.`);
  }
  return port;
}
