import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckoutView } from '../api/shop.ts';
import { followCheckout, type Purchase } from './follow-checkout.ts';
import { checkoutOfPage, cleanAddress, forgetCheckout } from './go.ts';

/** The purchase that this page is about, followed until its end is known. `onPaid` is told once. */
export function useCheckout(onPaid: (view: CheckoutView) => void) {
  const [purchase, setPurchase] = useState<Purchase | null>(null);
  const paid = useRef(onPaid);
  paid.current = onPaid;
  const told = useRef<string | null>(null);
  const stop = useRef<() => void>(() => undefined);

  useEffect(() => {
    const start = () => {
      stop.current();
      const at = checkoutOfPage();
      if (!at) return setPurchase(null);
      stop.current = followCheckout(at, (known) => {
        setPurchase(known);
        if (known.view?.state !== 'paid' || told.current === known.view.id) return;
        told.current = known.view.id;
        paid.current(known.view);
      });
    };
    // The back button may bring this very page back, as it was when it left for the checkout.
    const shown = (event: PageTransitionEvent) => {
      if (event.persisted) start();
    };
    start();
    window.addEventListener('pageshow', shown);
    return () => {
      window.removeEventListener('pageshow', shown);
      stop.current();
    };
  }, []);

  /** The visitor has seen how it stands, and is done with it. */
  const close = useCallback(() => {
    stop.current();
    forgetCheckout();
    cleanAddress();
    setPurchase(null);
  }, []);
  return { purchase, close };
}
