/**
 * The environment variables that set-up understands, in one table. Values come from the process's
 * environment, else from `.env` in the checkout; an empty value counts as not given.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { ConfigError } from './index.ts';

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`)
    .optional();
const LADDER_HELP = 'must be auto, off, or heights from 144 to 1080 like 720,360';

/** The heights that the text names; none for `off`. */
export const ladderOf = (text: string): 'auto' | number[] =>
  text === 'auto' ? 'auto' : text === 'off' ? [] : text.split(',').map(Number);

const port = whole(1, 65535);
/** Takes the mail server, or the operator's address, out again; an empty variable counts as not given. */
export const OFF = 'off';
const smtpUrl = z
  .string()
  .refine(
    (text) => text === OFF || (/^smtps?:$/.test(URL.parse(text)?.protocol ?? '') && !!URL.parse(text)?.hostname),
    'must look like smtps://user:password@mail.example.org:465 (or the word off)',
  )
  .optional();
/** One signing secret of a webhook, or two while one takes the other's place. */
const SIGNING_SECRETS = /^whsec_[A-Za-z0-9+/=_-]{16,240}(,whsec_[A-Za-z0-9+/=_-]{16,240})?$/;
/** Takes the secret of the webhook for connected accounts out again. */
export const NO_CONNECT_WEBHOOK = 'off';
/** `a@example.org`, or `Stage Door <a@example.org>`. */
const sender = z
  .string()
  .max(200)
  .regex(
    /^([^<>"\r\n]{1,80} <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/,
    'must look like Stage Door <live@example.org>',
  )
  .optional();
const databaseUrl = z
  .url({ protocol: /^(mysql|mariadb)$/, error: 'must look like mysql://user:password@host:3306/database' })
  .optional();

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const Variables = z.object({
  STAGEDOOR_VAR: z.string().refine(isAbsolute, 'must be an absolute path').optional(),
  STAGEDOOR_USER: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user of this machine')
    .optional(),
  STAGEDOOR_HTTP_PORT: port,
  STAGEDOOR_RTMP_PORT: port,
  STAGEDOOR_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must look like https://live.example.org' })
    .refine((url) => URL.canParse(url) && new URL(url).pathname === '/', 'must be an address without a path')
    .transform((url) => (URL.canParse(url) ? new URL(url).origin : url))
    .optional(),
  STAGEDOOR_API_INSTANCES: whole(1, 16),
  STAGEDOOR_GRACE_SECONDS: whole(0, 1800),
  STAGEDOOR_WINDOW_SECONDS: whole(12, 14400),
  STAGEDOOR_PART_MILLISECONDS: whole(100, 1000),
  STAGEDOOR_LADDER: z
    .string()
    .regex(/^(auto|off|\d{3,4}(,\d{3,4}){0,5})$/, LADDER_HELP)
    .refine((text) => {
      const heights = ladderOf(text);
      return heights === 'auto' || heights.every((one) => one >= 144 && one <= 1080);
    }, LADDER_HELP)
    .optional(),
  STAGEDOOR_LADDER_CORES: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,2})?$/, 'must be a number of cores, like 1.5')
    .transform(Number)
    .optional(),
  STAGEDOOR_RECORDING_DAYS: whole(0, 3650),
  STAGEDOOR_THUMBNAIL_SECONDS: whole(0, 3600),
  STAGEDOOR_TICKETED_LATE_MINUTES: whole(5, 1440),
  STAGEDOOR_TEST_SECONDS: whole(60, 14_400),
  STAGEDOOR_LOW_LATENCY_VIEWERS: whole(0, 1_000_000),
  STAGEDOOR_DISK_FLOOR_PERCENT: whole(0, 50),
  DATABASE_URL: databaseUrl,
  DATABASE_MIGRATION_URL: databaseUrl,
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must look like redis://:password@host:6379' }).optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'], 'must be trace, debug, info, warn or error')
    .optional(),
  /** `standin` goes back from Stripe to its stand-in. */
  STRIPE_SECRET_KEY: z
    .string()
    .regex(
      /^(standin|(sk|rk)_(live|test)_[A-Za-z0-9_]{8,240})$/,
      'must be a secret key of Stripe, like sk_live_… (or the word standin)',
    )
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(
      SIGNING_SECRETS,
      "must be the signing secret of Stripe's webhook, like whsec_… (or the old and the new one with a comma between them)",
    )
    .optional(),
  /** Of the webhook for connected accounts. `off` takes it out again. */
  STRIPE_CONNECT_WEBHOOK_SECRET: z
    .string()
    .refine(
      (text) => text === NO_CONNECT_WEBHOOK || SIGNING_SECRETS.test(text),
      "must be the signing secret of Stripe's webhook for connected accounts, like whsec_… (or the word off)",
    )
    .optional(),
  /** `yes`: the stand-in may run behind a public https address, where visitors could take it for Stripe. */
  STAGEDOOR_STRIPE_STANDIN: z.enum(['yes', 'no'], 'must be yes or no').optional(),
  STAGEDOOR_STRIPE_TAX: z.enum(['off', 'inclusive', 'exclusive'], 'must be off, inclusive or exclusive').optional(),
  /** `off` takes the code out again. */
  STAGEDOOR_STRIPE_TAX_CODE: z
    .string()
    .regex(/^(off|txcd_\d{8})$/, "must be one of Stripe's tax codes, like txcd_10000000 (or the word off)")
    .optional(),
  STAGEDOOR_STRIPE_INVOICES: z.enum(['on', 'off'], 'must be on or off').optional(),
  STAGEDOOR_CURRENCY: z
    .string()
    .regex(/^[a-z]{3}$/, 'must be a currency like eur')
    .optional(),
  STAGEDOOR_TOKEN_PACKS: z
    .string()
    .regex(/^\d{1,7}:\d{1,9}(,\d{1,7}:\d{1,9}){0,11}$/, 'must be tokens and their price, like 500:549,1000:999')
    .optional(),
  STAGEDOOR_TOKEN_PRICE: whole(1, 1_000_000),
  STAGEDOOR_PAYOUT_RATE: whole(1, 1_000_000),
  STAGEDOOR_PAYOUT_MINIMUM: whole(1, 100_000_000),
  STAGEDOOR_PAYOUT_HOLD_DAYS: whole(0, 365),
  STAGEDOOR_PLANS: z
    .string()
    .regex(
      /^(off|[a-z0-9-]{1,40}:\d{1,9}:[^,:]{1,60}(,[a-z0-9-]{1,40}:\d{1,9}:[^,:]{1,60}){0,11})$/,
      'must be plans with price and name, like creator:1900:Creator, or off',
    )
    .optional(),
  /** `off` takes the mail server out again. */
  SMTP_URL: smtpUrl,
  STAGEDOOR_SMTP_URL: smtpUrl,
  MAIL_FROM: sender,
  SENDGRID_API_KEY: z
    .string()
    .regex(/^[!-~]{10,200}$/, 'must be a key of SendGrid, like SG.…')
    .optional(),
  SENDGRID_FROM_EMAIL: sender,
  /** `off` takes it out again. */
  STAGEDOOR_OPERATOR_EMAIL: z
    .string()
    .max(254)
    .regex(/^(off|[^\s<>@,;"]+@[^\s<>@,;"]+)$/, 'must be an address like you@example.org (or the word off)')
    .optional(),
  STAGEDOOR_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be the name of a time zone, like Europe/Bucharest')
    .optional(),
  /** Years; 0 asks for none. */
  STAGEDOOR_AGE_GATE: whole(0, 99),
  STAGEDOOR_TERMS_URL: z.url({ protocol: /^https?$/, error: 'must look like https://example.org/terms' }).optional(),
  ADMIN_API_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
});
export type Variables = z.infer<typeof Variables>;

/** Checks raw variables. Throws `ConfigError` with one sentence that names the variable. */
export function parseVariables(raw: Readonly<Record<string, string | undefined>>): Variables {
  const given = Object.keys(Variables.shape).flatMap((key) => (raw[key] ? [[key, raw[key].trim()]] : []));
  const parsed = Variables.safeParse(Object.fromEntries(given));
  if (parsed.success) {
    if (parsed.data.DATABASE_MIGRATION_URL && !parsed.data.DATABASE_URL)
      throw new ConfigError('DATABASE_MIGRATION_URL needs DATABASE_URL beside it.');
    const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: webhook } = parsed.data;
    if ((key !== undefined && key !== 'standin') !== (webhook !== undefined))
      throw new ConfigError(
        'STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together: set both, or neither for the stand-in.',
      );
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  // The value is not repeated: it may be a password.
  throw new ConfigError(`${issue?.path.join('.') ?? 'The environment'} ${issue?.message ?? 'is not valid'}.`);
}

/** Reads the process's environment over the file `.env`, where there is one. Throws `ConfigError`. */
export function readVariables(envFile: string, environment: NodeJS.ProcessEnv = process.env): Variables {
  let file: NodeJS.Dict<string> = {};
  if (existsSync(envFile)) {
    try {
      file = parseEnv(readFileSync(envFile, 'utf8'));
    } catch (cause) {
      throw new ConfigError(`${envFile} cannot be read by this user.`, { cause });
    }
  }
  const given = Object.entries(environment).filter(([, value]) => value);
  return parseVariables({ ...file, ...Object.fromEntries(given) });
}
