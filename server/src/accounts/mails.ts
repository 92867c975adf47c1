/** Mails of sign-up, verification and reset: rows of the outbox, with their tokens sealed. */
import { Language } from '#contract/notices.ts';
import type { NewNotice } from '../notifications/outbox.ts';
import { addNotice } from '../notifications/outbox.ts';
import { personRoom } from '../notifications/rooms.ts';
import type { Platform } from '../platform/platform.ts';
import { sealToken } from './links.ts';

/** However often somebody asks, one mail of a kind goes to an address in this time. */
const ONE_MAIL_MS = 120_000;

type Person = { readonly id: string; readonly email: string; readonly language?: unknown };
export type AccountMails = {
  verify(person: Person, token: string): Promise<void>;
  reset(person: Person, token: string): Promise<void>;
  exists(person: Person): Promise<void>;
  /** The password was set by the link: what is open elsewhere is closed. */
  wasReset(person: Person): Promise<void>;
};

/** Writes the mails of accounts into the outbox. They go to the address, not to the account's list in the app. */
export function accountMails({ config, db, sockets }: Pick<Platform, 'config' | 'db' | 'sockets'>): AccountMails {
  const add = async ({ email, language }: Person, notice: Pick<NewNotice, 'event' | 'data'>) => {
    const to = { userId: null, email, language: Language.catch('en').parse(language) };
    const key = String(Math.floor(Date.now() / ONE_MAIL_MS));
    await db.transaction((tx) => addNotice(tx, { ...notice, key, to } as NewNotice));
  };
  return {
    verify: (person, token) =>
      add(person, { event: 'account.verify', data: { sealed: sealToken(config, token, 'account.verify') } }),
    reset: (person, token) =>
      add(person, { event: 'account.reset', data: { sealed: sealToken(config, token, 'account.reset') } }),
    exists: (person) => add(person, { event: 'account.exists', data: {} }),
    async wasReset({ id }) {
      sockets.in(personRoom(id)).disconnectSockets(true);
    },
  };
}
