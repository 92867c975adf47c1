/** How better-auth is set up: our hashes, ids, cookies, limits and mails. */
import { randomBytes } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import type { Config } from '#config/index.ts';
import type { ErrorCode } from '#contract/errors.ts';
import { ERRORS } from '#contract/errors.ts';
import { cookieNames } from '#contract/grant.ts';
import { Language } from '#contract/notices.ts';
import { base32, newId } from '../platform/ids.ts';
import { isOwnOrigin } from '../platform/origin.ts';
import type { Platform } from '../platform/platform.ts';
import type { AccountMails } from './mails.ts';
import { hashPassword, verifyPassword } from './password.ts';

const SESSION_SECONDS = 30 * 24 * 3600;
const SESSION_RENEW_SECONDS = 24 * 3600;
const PASSWORD_MIN_LENGTH = 10;
const PASSWORD_MAX_LENGTH = 128;
const EMAIL_MAX_LENGTH = 254;
const NAME_MAX_LENGTH = 80;
/** How long the links of mails are valid. The texts say so too. */
const VERIFY_SECONDS = 24 * 3600;
const RESET_SECONDS = 3600;

const refuse = (code: ErrorCode) => {
  const [status, message] = ERRORS[code];
  return new APIError(status === 400 ? 'BAD_REQUEST' : 'FORBIDDEN', { code, message });
};

/** A display name as it is kept, or null where it is none. */
export function nameOf(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const name = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return name.length >= 1 && name.length <= NAME_MAX_LENGTH ? name : null;
}

/** What better-auth does not look at itself. Throws what the caller sees. */
function checkSignUp(config: Config, body: Readonly<Record<string, unknown>>): void {
  if (String(body['email'] ?? '').length > EMAIL_MAX_LENGTH) throw refuse('request.invalid');
  if (nameOf(body['name']) === null) throw refuse('account.name_invalid');
  if (!Language.safeParse(body['language'] ?? 'en').success) throw refuse('request.invalid');
  if (body['image'] !== undefined) throw refuse('request.invalid');
  if (body['acceptTerms'] !== true) throw refuse('account.terms_needed');
  if (config.ageGate !== null && body['confirmAge'] !== true) throw refuse('account.age_needed');
}

/** Columns of ours; the times are set by us and shown by `/api/account` only. */
const FIELDS = {
  language: { type: 'string', required: false, defaultValue: 'en', input: true },
  termsAcceptedAt: { type: 'date', required: false, input: false, returned: false },
  ageConfirmedAt: { type: 'date', required: false, input: false, returned: false },
} as const;

/** Better-auth with our settings. `mails` writes to the outbox. */
export const makeAuth = ({ config, db }: Pick<Platform, 'config' | 'db'>, mails: AccountMails) =>
  betterAuth({
    baseURL: config.publicUrl,
    basePath: '/api/auth',
    secret: config.secrets.sessionSecret,
    database: db.pool,
    telemetry: { enabled: false },
    logger: { disabled: true },
    user: { additionalFields: FIELDS },
    emailAndPassword: {
      enabled: true,
      // With no session the answer is the same whether or not the address has an account already.
      autoSignIn: false,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
      password: { hash: hashPassword, verify: verifyPassword },
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, token }) => mails.reset(user, token),
      onPasswordReset: ({ user }) => mails.wasReset(user),
      onExistingUserSignUp: ({ user }) => mails.exists(user),
    },
    emailVerification: {
      sendOnSignUp: true,
      expiresIn: VERIFY_SECONDS,
      sendVerificationEmail: ({ user, token }) => mails.verify(user, token),
    },
    hooks: {
      before: createAuthMiddleware(async (context) => {
        if (context.path === '/sign-up/email') checkSignUp(config, context.body ?? {});
      }),
    },
    databaseHooks: {
      user: {
        create: {
          // Nobody signs up without consent: the hook before has looked.
          before: async (user) => {
            const now = new Date();
            const ageConfirmedAt = config.ageGate !== null ? now : null;
            return { data: { ...user, name: nameOf(user.name) ?? '', termsAcceptedAt: now, ageConfirmedAt } };
          },
        },
      },
    },
    // The token of a reset is as good as a password until it is used.
    verification: { storeIdentifier: 'hashed' },
    session: { expiresIn: SESSION_SECONDS, updateAge: SESSION_RENEW_SECONDS },
    // Ours counts in Redis for all processes.
    rateLimit: { enabled: false },
    trustedOrigins: (request) => {
      const origin = request?.headers.get('origin') ?? undefined;
      const host = request?.headers.get('host') ?? undefined;
      return origin && isOwnOrigin(config.publicUrl, origin, host) ? [origin] : [];
    },
    advanced: {
      // Said outright, since the library looks away while it is under test: nobody is sent to another site.
      disableOriginCheck: false,
      useSecureCookies: false,
      database: { generateId: ({ model }) => (model === 'user' ? newId('usr') : base32(randomBytes(20))) },
      ipAddress: { ipAddressHeaders: ['x-real-ip'] },
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: config.secure },
      cookiePrefix: cookieNames(config.installId, config.secure).session,
      cookies: { session_token: { name: cookieNames(config.installId, config.secure).session } },
    },
  });
