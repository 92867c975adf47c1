/** Subscriptions; a stub for now. */
import type { Desk } from '../desk.ts';
import { Fault } from '../faults.ts';
import type { PaymentMethod, Session } from '../objects.ts';

export function subscribe(
  _desk: Desk,
  _session: Session,
  _customer: string,
  _method: PaymentMethod,
  _email: string,
): { subscription: string; invoice: string } {
  throw new Fault(500, { type: 'api_error', message: 'not yet' });
}
