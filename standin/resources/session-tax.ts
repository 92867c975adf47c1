/** Tax and invoices of Checkout Sessions. */
import type Stripe from 'stripe';
import { change, type Desk, find } from '../desk.ts';
import { invalid } from '../faults.ts';
import { refuseUncovered } from '../handler.ts';
import type { Customer, LineItem, Session } from '../objects.ts';
import { ADDRESS, taxedLines } from '../tax.ts';

type Create = Stripe.Checkout.SessionCreateParams;

/** Throws what Stripe says where tax or an invoice is asked for as it cannot be. */
export function requireTaxSense(desk: Desk, params: Create): void {
  const { automatic_tax: automatic, customer, customer_update: update, invoice_creation: invoices } = params;
  refuseUncovered('automatic_tax', ['enabled'], automatic);
  refuseUncovered('customer_update', ['address'], update);
  refuseUncovered('invoice_creation', ['enabled'], invoices);
  if (update && customer === undefined)
    throw invalid('`customer_update` can only be used with `customer`.', undefined, 'customer_update');
  if (invoices && params.mode !== 'payment')
    throw invalid(
      'You can only enable invoice creation when `mode` is set to `payment`. Invoices are created automatically in `subscription` mode.',
      undefined,
      'invoice_creation',
    );
  const known = customer === undefined ? null : find(desk, 'customer', customer, 'customer').address;
  if (automatic?.enabled && customer !== undefined && !known && update?.address !== 'auto')
    throw invalid(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
      'customer_tax_location_invalid',
    );
}

/** Throws where a price does not say how it is taxed: the account of the stand-in has no default. */
function requireTaxable(lines: readonly LineItem[]): void {
  if (lines.some(({ price }) => price.tax_behavior === 'unspecified'))
    throw invalid(
      'Every price needs a `tax_behavior` of `inclusive` or `exclusive` for automatic tax calculation.',
      undefined,
      'automatic_tax[enabled]',
    );
}

/** What the lines come to. */
function totalsOf(lines: readonly LineItem[]): Pick<Session, 'amount_subtotal' | 'amount_total' | 'total_details'> {
  const sum = (of: (line: LineItem) => number) => lines.reduce((all, line) => all + of(line), 0);
  return {
    amount_subtotal: sum((line) => line.amount_subtotal),
    amount_total: sum((line) => line.amount_total),
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: sum((line) => line.amount_tax) },
  };
}

const automaticTax = (
  enabled: boolean,
  status: 'complete' | 'requires_location_inputs',
): Pick<Session, 'automatic_tax'> => ({
  automatic_tax: enabled
    ? { enabled, liability: { type: 'self' }, provider: 'stripe', status }
    : { enabled, liability: null, provider: null, status: null },
});

const INVOICES: NonNullable<Session['invoice_creation']> = {
  enabled: true,
  invoice_data: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: null,
    metadata: {},
    rendering_options: null,
  },
};

/** The parts of a new session that tax and invoices decide, and its lines. A customer's address may be known. */
export function beginningOf(params: Create, customer: Customer | null, lines: readonly LineItem[]) {
  const enabled = params.automatic_tax?.enabled === true;
  if (enabled) requireTaxable(lines);
  const known = enabled && Boolean(customer?.address);
  const lineItems = known ? taxedLines(lines) : [...lines];
  const session = {
    ...totalsOf(lineItems),
    ...automaticTax(enabled, known ? 'complete' : 'requires_location_inputs'),
    billing_address_collection: params.billing_address_collection ?? null,
    invoice_creation: params.invoice_creation?.enabled ? INVOICES : null,
  } satisfies Partial<Session>;
  return { lineItems, session };
}

/** The session once its buyer has said where they live, which the page does for them: tax is in its amounts then. */
export function located(desk: Desk, session: Session): Session {
  const { enabled, status } = session.automatic_tax;
  if (!enabled || status === 'complete') return session;
  const secrets = find(desk, 'standin.session', `standin_${session.id}`);
  const lineItems = taxedLines(secrets.lineItems);
  desk.store.put({ ...secrets, lineItems });
  return change<'checkout.session'>(desk, session, { ...totalsOf(lineItems), ...automaticTax(true, 'complete') });
}

/** The address that an order was taxed by; null where it was not. */
export const addressOf = ({ automatic_tax: { enabled } }: Session): Customer['address'] => (enabled ? ADDRESS : null);
