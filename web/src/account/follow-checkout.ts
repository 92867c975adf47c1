/** Follows one purchase until its end is known. What the server tells is the truth; the socket only makes it ask sooner. */
import type { CheckoutId } from '#contract/ids.ts';
import { ApiError } from '../api/http.ts';
import { dropKey } from '../api/kept.ts';
import { type CheckoutView, loadCheckout } from '../api/shop.ts';
import { listenToCheckout } from '../realtime/checkout.ts';
import { forgetCheckout, formOf, type Return } from './go.ts';

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

/** Starts following; `onChange` gets each new picture of the purchase, the last one when it is settled. Returns stop. */
export function followCheckout(at: Return, onChange: (purchase: Purchase) => void): () => void {
  let known: Purchase = { at, view: null, away: false, unknown: false, slow: false };
  let done = false;
  let waitMs = FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const startedMs = Date.now();

  const look = async () => {
    clearTimeout(timer);
    if (done) return;
    const change = await lookAt(at);
    // Another look may have been quicker, or the page may have gone on.
    if (done) return;
    known = { ...known, ...change, slow: Date.now() - startedMs > SLOW_MS };
    const settled = known.unknown || (known.view !== null && known.view.state !== 'open');
    if (settled) stop();
    else {
      timer = setTimeout(look, waitMs);
      waitMs = Math.min(MOST_MS, waitMs * GROWTH);
    }
    if (known.unknown) forgetCheckout();
    else if (settled && known.view) dropKey(formOf(known.view));
    onChange(known);
  };
  const wake = () => {
    if (document.visibilityState === 'visible') void look();
  };
  const unlisten = at.claim ? listenToCheckout(at.id as CheckoutId, at.claim, () => void look()) : () => undefined;
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  function stop(): void {
    done = true;
    clearTimeout(timer);
    unlisten();
    document.removeEventListener('visibilitychange', wake);
    window.removeEventListener('online', wake);
  }
  onChange(known);
  void look();
  return stop;
}

async function lookAt(at: Return): Promise<Pick<Purchase, 'away' | 'unknown'> & { view?: CheckoutView }> {
  try {
    return { view: await loadCheckout(at.id, at.claim), away: false, unknown: false };
  } catch (error) {
    const known = error instanceof ApiError && !error.away && error.status !== 429;
    return { away: !known, unknown: known };
  }
}
