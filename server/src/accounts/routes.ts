import {
  confirmConsent,
  eraseAccount,
  exportAccount,
  myAccount,
  setDisplayName,
  setLanguage,
  verifyAddress,
} from '#contract/accounts.ts';
import { AppError } from '#contract/errors.ts';
import { personRoom } from '../notifications/rooms.ts';
import type { Payments } from '../payments/payments.ts';
import { limitKey } from '../platform/address.ts';
import { audit } from '../platform/audit.ts';
import type { Binding, Caller } from '../platform/http.ts';
import { bind } from '../platform/http.ts';
import { makeLimiter } from '../platform/limits.ts';
import type { Platform } from '../platform/platform.ts';
import { nameOf } from './better-auth.ts';
import * as own from './own.ts';
import * as store from './store.ts';

/** Wrong passwords while erasing, of one account in ten minutes. */
const ERASE_LIMIT = { name: 'erase', points: 5, seconds: 600 } as const;

async function personOf(caller: () => Promise<Caller>): Promise<string> {
  const found = await caller();
  if (found.kind !== 'user') throw new AppError('auth.required');
  return found.userId;
}

/** Each reads a person's rows of every table. */
const EXPORT_LIMIT = { name: 'export', points: 10, seconds: 3600 } as const;

/** Links of confirmations that one address opens in an hour. */
const VERIFY_LIMIT = { name: 'verified', points: 60, seconds: 3600 } as const;

/** Everything that a person does with the own account. `verifyEmail` says whether a mailed token confirmed an address. */
export function accountRoutes(
  { config, db, redis, sockets }: Platform,
  verifyEmail: (token: string) => Promise<boolean>,
  payments: Payments,
): Binding[] {
  const tries = makeLimiter(config, redis, ERASE_LIMIT);
  const exports = makeLimiter(config, redis, EXPORT_LIMIT);
  const verifications = makeLimiter(config, redis, VERIFY_LIMIT);
  return [
    bind(myAccount, async ({ caller }) => own.accountView(db, await personOf(caller))),
    bind(setLanguage, async ({ caller, body }) => {
      const userId = await personOf(caller);
      await db.transaction((tx) => store.setLanguage(tx, userId, body.language));
      return own.accountView(db, userId);
    }),
    bind(setDisplayName, async ({ caller, body }) => {
      const userId = await personOf(caller);
      const name = nameOf(body.name);
      if (name === null) throw new AppError('account.name_invalid');
      await db.transaction((tx) => store.setName(tx, userId, name));
      return own.accountView(db, userId);
    }),
    bind(confirmConsent, async ({ caller, body, address }) => {
      const userId = await personOf(caller);
      await db.transaction(async (tx) => {
        await store.setConsent(tx, userId, body.confirmAge === true);
        await audit(tx, { kind: 'account.consent', actor: userId, subject: userId, address });
      });
      return own.accountView(db, userId);
    }),
    bind(verifyAddress, async ({ body, address }) => {
      if (!(await verifications.use(limitKey(address)))) throw new AppError('request.too_many');
      return { verified: await verifyEmail(body.token) };
    }),
    bind(exportAccount, async ({ caller, response }) => {
      const userId = await personOf(caller);
      if (!(await exports.use(userId))) throw new AppError('request.too_many');
      response.setHeader('content-disposition', 'attachment; filename="my-data.json"');
      return own.exportData(db, userId);
    }),
    bind(eraseAccount, async ({ caller, body }) => {
      const userId = await personOf(caller);
      if (!(await tries.use(userId))) throw new AppError('request.too_many');
      const giveUpTokens = body.giveUpTokens === true;
      await own.eraseOwnAccount(payments, { userId, giveUpTokens }, body.password);
      sockets.in(personRoom(userId)).disconnectSockets(true);
      return { erased: true as const };
    }),
  ];
}
