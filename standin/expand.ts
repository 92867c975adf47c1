/** `expand[]`: puts an object where its id stands. */
import type { Desk } from './desk.ts';
import { invalid } from './faults.ts';
import { whole } from './handler.ts';
import type { AnyObject, Kind } from './objects.ts';

const DEEPEST = 4;

/** What the part of an id before `_` stands for. */
const KINDS: Readonly<Record<string, Kind>> = {
  cus: 'customer',
  prod: 'product',
  price: 'price',
  cs: 'checkout.session',
  pi: 'payment_intent',
  pm: 'payment_method',
  ch: 'charge',
  re: 'refund',
  du: 'dispute',
  sub: 'subscription',
  in: 'invoice',
  inpay: 'invoice_payment',
  acct: 'account',
  tr: 'transfer',
  trr: 'transfer_reversal',
  txn: 'balance_transaction',
};

type Tree = Record<string, unknown>;

/** Lists that an object has only when they are asked for. */
function included(desk: Desk, object: Tree, name: string): unknown {
  const id = String(object['id']);
  const kind = object['object'];
  if (kind === 'checkout.session' && name === 'line_items') {
    const secrets = desk.store.get('standin.session', `standin_${id}`);
    return whole(secrets?.lineItems ?? [], `/v1/checkout/sessions/${id}/line_items`);
  }
  if (kind === 'charge' && name === 'refunds')
    return whole(desk.store.find('refund', { where: { charge: id } }), `/v1/charges/${id}/refunds`);
  if (kind === 'invoice' && name === 'payments')
    return whole(desk.store.find('invoice_payment', { where: { invoice: id } }), `/v1/invoices/${id}/payments`);
  if (kind === 'customer' && name === 'subscriptions')
    return whole(desk.store.find('subscription', { where: { customer: id } }), `/v1/customers/${id}/subscriptions`);
  return undefined;
}

function expanded(desk: Desk, object: Tree, name: string, path: string): unknown {
  const value = object[name] ?? included(desk, object, name);
  if (typeof value === 'string') {
    const kind = KINDS[value.split('_')[0] ?? ''];
    const found = kind ? desk.store.get(kind, value) : undefined;
    if (!found) throw invalid(`This property cannot be expanded (${path}).`, undefined, 'expand');
    return found;
  }
  if (value === undefined && !(name in object))
    throw invalid(`This property cannot be expanded (${path}).`, undefined, 'expand');
  return value ?? null;
}

function along(desk: Desk, place: unknown, steps: readonly string[], path: string): unknown {
  const [name, ...rest] = steps;
  if (name === undefined || place === null) return place;
  if (Array.isArray(place)) return place.map((one) => along(desk, one, steps, path));
  if (typeof place !== 'object') throw invalid(`This property cannot be expanded (${path}).`, undefined, 'expand');
  const tree = place as Tree;
  return { ...tree, [name]: along(desk, expanded(desk, tree, name, path), rest, path) };
}

/** Answers a copy of `object`. Throws Stripe's refusal for what cannot be expanded. */
export function expand(desk: Desk, object: object, paths: readonly string[]): object {
  let result: unknown = object;
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.filter((step) => step !== 'data').length > DEEPEST)
      throw invalid(
        `You cannot expand more than ${DEEPEST} levels of a property. Property: ${path}`,
        undefined,
        'expand',
      );
    result = along(desk, result, steps, path);
  }
  return result as AnyObject;
}
