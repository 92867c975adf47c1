import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckoutId } from '#contract/ids.ts';
import { ApiError } from '../api/http.ts';
import { dropKey } from '../api/kept.ts';
import { type CheckoutView, loadCheckout } from '../api/shop.ts';
import { listenToCheckout } from '../realtime/checkout.ts';
import { checkoutOfPage, cleanAddress, forgetCheckout, formOf, type Return } from './go.ts';

/** What the page knows of a purchase. */
export type Purchase = {
  at: Return;
  /** Null until the server told. */
  view: CheckoutView | null;
  /** The last question got no answer. */
  away: boolean;
  /** Nobody knows this checkout (any more), or it is somebody else's. */
  unknown: boolean;
  /** It is asked for longer than it usually takes. */
  slow: boolean;
};

/** Asked each second at first, then less and less, milliseconds. */
const FIRST_MS = 1000;
const MOST_MS = 30_000;
const GROWTH = 1.25;
/** From here on the page says that it takes long. */
const SLOW_MS = 15_000;

/**
 * Follows the purchase that this page is about until its end is known. What the server tells is the truth;
 * the socket only makes the page ask sooner.
 */
export function useCheckout(onPaid: (view: CheckoutView) => void) {
  const [purchase, setPurchase] = useState<Purchase | null>(null);
  const paid = useRef(onPaid);
  paid.current = onPaid;
  const told = useRef<string | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    void round;
    const at = checkoutOfPage();
    if (!at) return setPurchase(null);
    let stopped = false;
    let settled = false;
    let waitMs = FIRST_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const startedMs = Date.now();
    setPurchase({ at, view: null, away: false, unknown: false, slow: false });

    const look = async () => {
      clearTimeout(timer);
      if (settled) return;
      const change = await lookAt(at);
      if (stopped || settled) return;
      setPurchase((was) => ({
        ...(was ?? { at, view: null, away: false, unknown: false, slow: false }),
        ...change,
        slow: Date.now() - startedMs > SLOW_MS,
      }));
      const { view } = change;
      if (view && view.state !== 'open') {
        settled = true;
        dropKey(formOf(view));
        if (view.state === 'paid' && told.current !== view.id) {
          told.current = view.id;
          paid.current(view);
        }
        return;
      }
      if (change.unknown) return forgetCheckout();
      waitMs = Math.min(MOST_MS, waitMs * GROWTH);
      timer = setTimeout(look, waitMs);
    };
    const unlisten = at.claim ? listenToCheckout(at.id as CheckoutId, at.claim, () => void look()) : () => undefined;
    const wake = () => {
      if (document.visibilityState === 'visible') void look();
    };
    document.addEventListener('visibilitychange', wake);
    window.addEventListener('online', wake);
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
      unlisten();
      document.removeEventListener('visibilitychange', wake);
      window.removeEventListener('online', wake);
    };
  }, [round]);

  // The back button may bring this very page back, as it was when it left for the checkout.
  useEffect(() => {
    const shown = (event: PageTransitionEvent) => {
      if (event.persisted) setRound((was) => was + 1);
    };
    window.addEventListener('pageshow', shown);
    return () => window.removeEventListener('pageshow', shown);
  }, []);

  /** The visitor has seen how it ended. */
  const close = useCallback(() => {
    forgetCheckout();
    cleanAddress();
    setPurchase(null);
  }, []);
  return { purchase, close };
}

async function lookAt(at: Return): Promise<Pick<Purchase, 'away' | 'unknown'> & { view?: CheckoutView }> {
  try {
    return { view: await loadCheckout(at.id, at.claim), away: false, unknown: false };
  } catch (error) {
    const known = error instanceof ApiError && !error.away && error.status !== 429;
    return { away: !known, unknown: known };
  }
}
