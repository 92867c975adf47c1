/** Who is signed in on this page, and what is in the wallet. One store for the whole page. */
import { useSyncExternalStore } from 'react';
import { type AccountView, loadAccount } from '../api/account.ts';
import { isSignedIn, signOut } from '../api/session.ts';
import { loadBalance } from '../api/wallet.ts';
import { renewSocket } from '../realtime/socket.ts';

export type Me = {
  phase: 'unknown' | 'guest' | 'fan';
  account: AccountView | null;
  /** Tokens; null while not known. */
  balance: number | null;
  unread: number;
};

const NOBODY: Me = { phase: 'unknown', account: null, balance: null, unread: 0 };

let me = NOBODY;
let asking: Promise<Me> | null = null;
let askAgain = false;
/** How often a balance was told: one told while another is asked for is the newer one. */
let told = 0;
/** How often this device signed out: an answer from before is of somebody who left. */
let left = 0;
const listeners = new Set<() => void>();

function set(change: Partial<Me>): void {
  me = { ...me, ...change };
  for (const listener of listeners) listener();
}

async function ask(): Promise<Me> {
  const before = told;
  const visit = left;
  try {
    if (!(await isSignedIn())) {
      set({ ...NOBODY, phase: 'guest' });
      return me;
    }
    const [account, balance] = await Promise.all([loadAccount(), loadBalance()]);
    if (visit !== left) return me;
    const newest = told === before ? balance : me.balance;
    set({ phase: 'fan', account, balance: newest, unread: account.unreadNotices });
  } catch {
    // A server that does not say is no reason to hold the page up: who wants something signs in.
    if (me.phase === 'unknown') set({ phase: 'guest' });
  }
  return me;
}

/** Asks the server who is here, and what they have. */
export function refreshMe(): Promise<Me> {
  // What is being asked now may already be old: it is asked once more afterwards.
  askAgain = asking !== null;
  asking ??= askUntilTrue().finally(() => {
    asking = null;
  });
  return asking;
}

async function askUntilTrue(): Promise<Me> {
  do {
    askAgain = false;
    await ask();
  } while (askAgain);
  return me;
}

/** Who is here; asked once where nobody asked before. */
export const knownMe = (): Promise<Me> => (me.phase === 'unknown' ? refreshMe() : Promise.resolve(me));

/** After signing in or up: the socket learns it too. */
export async function cameIn(): Promise<Me> {
  renewSocket();
  return refreshMe();
}

/** Signs out on this device. Throws `ApiError`. */
export async function leave(): Promise<void> {
  await signOut();
  sessionOver();
  renewSocket();
}

/** The session is over. */
export function sessionOver(): void {
  left += 1;
  set({ ...NOBODY, phase: 'guest' });
}

/** The server told the balance, or the page takes it for granted for a moment. */
export function setBalance(balance: number): void {
  told += 1;
  set({ balance });
}
export const setUnread = (unread: number): void => set({ unread });
export const setAccount = (account: AccountView): void => set({ account });

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
};

/** Follows who is here. */
export const useMe = (): Me => useSyncExternalStore(subscribe, () => me);
