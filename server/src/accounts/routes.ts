import {
  confirmConsent,
  eraseAccount,
  exportAccount,
  myAccount,
  setDisplayName,
  setLanguage,
} from '#contract/accounts.ts';
import { AppError } from '#contract/errors.ts';
import { personRoom } from '../notifications/rooms.ts';
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

/** Everything that a signed-in person does with the own account. */
export function accountRoutes({ config, db, redis, sockets }: Platform): Binding[] {
  const tries = makeLimiter(config, redis, ERASE_LIMIT);
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
    bind(exportAccount, async ({ caller, response }) => {
      response.setHeader('content-disposition', 'attachment; filename="my-data.json"');
      return own.exportData(db, await personOf(caller));
    }),
    bind(eraseAccount, async ({ caller, body }) => {
      const userId = await personOf(caller);
      if (!(await tries.use(userId))) throw new AppError('request.too_many');
      await own.eraseAccount(db, config, userId, body.password);
      sockets.in(personRoom(userId)).disconnectSockets(true);
      return { erased: true as const };
    }),
  ];
}
