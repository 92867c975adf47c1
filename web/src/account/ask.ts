/** What a page asks of its visitor in passing: to sign in, to top up. The answer lets the page go on. */
import { useSyncExternalStore } from 'react';
import { ApiError } from '../api/http.ts';
import { knownMe, sessionOver } from './me.ts';

type SignInAsk = {
  kind: 'sign-in';
  why: 'ticket' | 'tip' | 'membership' | 'wallet';
  done: (signedIn: boolean) => void;
};
type TopUpAsk = { kind: 'top-up'; missing: number; intent: string | null; done: (went: boolean) => void };
export type Ask = SignInAsk | TopUpAsk;

let open: Ask | null = null;
const listeners = new Set<() => void>();

function show(ask: Ask | null): void {
  open = ask;
  for (const listener of listeners) listener();
}

function put(make: (done: (answer: boolean) => void) => Ask): Promise<boolean> {
  return new Promise((resolve) => {
    show(
      make((answer) => {
        show(null);
        resolve(answer);
      }),
    );
  });
}

/** True once somebody is signed in; false where the visitor closed the dialog. */
export async function askSignIn(why: SignInAsk['why']): Promise<boolean> {
  const me = await knownMe();
  if (me.phase === 'fan') return true;
  return put((done) => ({ kind: 'sign-in', why, done }));
}

/**
 * Does what needs somebody signed in, after asking for it where nobody is, or no longer. Null: the visitor
 * closed the dialog. Throws what the task throws.
 */
export async function asFan<T>(why: SignInAsk['why'], task: () => Promise<T>): Promise<T | null> {
  if (!(await askSignIn(why))) return null;
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'auth.required') throw error;
    sessionOver();
    return (await askSignIn(why)) ? task() : null;
  }
}

/**
 * Offers to top up by what is missing. True: the browser is on its way to the checkout. `intent` is the
 * sentence that says what goes on afterwards.
 */
export const askTopUp = (missing: number, intent: string | null): Promise<boolean> =>
  put((done) => ({ kind: 'top-up', missing, intent, done }));

/** The question that is open. */
export const useAsk = (): Ask | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => open,
  );
