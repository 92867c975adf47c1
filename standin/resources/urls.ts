/** Addresses that a browser is sent to. */
import { invalid } from '../faults.ts';

/** Throws Stripe's `url_invalid`. Its placeholder may stand anywhere in the address. */
export function requireUrl(url: string, param: string): void {
  const plain = url.replace('{CHECKOUT_SESSION_ID}', 'id');
  if (!URL.canParse(plain) || !/^https?:$/.test(new URL(plain).protocol))
    throw invalid('Not a valid URL', 'url_invalid', param);
}
