/** The way to the checkout and what is remembered of it. */
import { dropValue, keepValue, keptValue } from '../api/kept.ts';
import { type Began, type CheckoutView, codeForm, memberForm, TOKENS_FORM } from '../api/shop.ts';

/** A checkout that was begun on this device and of which the end is not known yet. */
type Begun = { id: string; claim: string | null; url: string; place: string };

const NAME = 'checkout';

function isBegun(value: unknown): value is Begun {
  return value !== null && typeof value === 'object' && 'id' in value && 'place' in value;
}

/** Leaves for the checkout. What is needed to come back to it stays on the device. */
export function leaveFor(began: Began): void {
  const begun: Begun = {
    id: began.checkoutId,
    claim: began.claim ?? null,
    url: began.checkoutUrl,
    place: location.pathname,
  };
  keepValue(NAME, begun);
  location.assign(began.checkoutUrl);
}

/** A checkout that was begun from this page, if its end is not known yet. */
function begunHere(): Begun | null {
  const value = keptValue(NAME);
  return isBegun(value) && value.place === location.pathname ? value : null;
}

/** The end is known and was shown. */
export const forgetCheckout = (): void => dropValue(NAME);

export type Return = { id: string; claim: string | null; cancelled: boolean; returned: boolean };

/**
 * The checkout that this page is about: the one in its address, else one that was begun here and never
 * came back (connection lost, tab closed, back button). The claim leaves the address, so that nobody shares it.
 */
export function checkoutOfPage(): Return | null {
  const query = new URLSearchParams(location.search);
  const id = query.get('checkout');
  const begun = begunHere();
  if (!id) return begun ? { id: begun.id, claim: begun.claim, cancelled: false, returned: false } : null;
  const inAddress = new URLSearchParams(location.hash.slice(1)).get('claim');
  const claim = inAddress ?? (begun?.id === id ? begun.claim : null);
  const cancelled = query.get('cancelled') !== null;
  if (inAddress) {
    // A reload must still know it.
    keepValue(NAME, { id, claim: inAddress, url: begun?.id === id ? begun.url : '', place: location.pathname });
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return { id, claim, cancelled, returned: true };
}

/** Takes the checkout out of the address: a bookmark of it is of no use. */
export function cleanAddress(): void {
  const query = new URLSearchParams(location.search);
  query.delete('checkout');
  query.delete('cancelled');
  const rest = query.toString();
  history.replaceState(history.state, '', location.pathname + (rest ? `?${rest}` : ''));
}

/** The form that a checkout came from, by the name of its key. */
export function formOf({ kind, channel }: CheckoutView): string {
  if (kind === 'tokens') return TOKENS_FORM;
  return kind === 'code' ? codeForm(channel ?? '') : memberForm(channel ?? '');
}
