/**
 * The objects as they are stored: the SDK's own types, with ids where those allow an expanded object. The compiler so
 * checks that every answer has every field of this version of the API.
 */
import type Stripe from 'stripe';

/** An expandable field holds its id. */
type Flat<T> = {
  [K in keyof T]: string extends T[K] ? Extract<T[K], string | null | undefined> : T[K];
};
/** On the wire a decimal is text. */
type WithText<T, K extends keyof T> = Omit<T, K> & { [F in K]: string | null };

export type Customer = Flat<Stripe.Customer>;
export type Product = Flat<Stripe.Product>;
export type Price = WithText<Flat<Stripe.Price>, 'unit_amount_decimal'>;
export type LineItem = Omit<Stripe.LineItem, 'price'> & { price: Price };
export type Session = Flat<Stripe.Checkout.Session>;
export type PaymentIntent = Flat<Stripe.PaymentIntent>;
export type PaymentMethod = Flat<Stripe.PaymentMethod>;
export type Charge = Flat<Stripe.Charge>;
export type Refund = Flat<Stripe.Refund>;
export type Dispute = Flat<Stripe.Dispute>;
export type SubscriptionItem = Omit<Flat<Stripe.SubscriptionItem>, 'price' | 'plan'> & { price: Price; plan: unknown };
export type Subscription = Omit<Flat<Stripe.Subscription>, 'items'> & { items: ListOf<SubscriptionItem> };
export type InvoiceLine = Omit<Flat<Stripe.InvoiceLineItem>, 'pricing' | 'quantity_decimal'> & {
  pricing: unknown;
  quantity_decimal: string | null;
};
export type Invoice = Omit<Flat<Stripe.Invoice>, 'lines'> & { lines: ListOf<InvoiceLine> };
type InvoicePayment = Flat<Stripe.InvoicePayment>;
export type Account = Flat<Stripe.Account>;
export type Transfer = Flat<Stripe.Transfer>;
export type TransferReversal = Flat<Stripe.TransferReversal>;
export type BalanceTransaction = Flat<Stripe.BalanceTransaction>;
export type StoredEvent = Omit<Stripe.EventBase, 'data'> & {
  data: { object: unknown; previous_attributes?: Readonly<Record<string, unknown>> };
};
export type ListOf<T> = { object: 'list'; data: T[]; has_more: boolean; url: string };

/** What a Checkout Session keeps to itself: Stripe does not show it, or only when asked. */
type SessionSecrets = {
  readonly id: string;
  readonly object: 'standin.session';
  readonly lineItems: readonly LineItem[];
  /** The address of the page is to be the customer's. */
  readonly keepsAddress: boolean;
  readonly paymentIntentData: Stripe.Checkout.SessionCreateParams['payment_intent_data'];
  readonly subscriptionData: Stripe.Checkout.SessionCreateParams['subscription_data'];
};

export type Objects = {
  customer: Customer;
  product: Product;
  price: Price;
  'checkout.session': Session;
  'standin.session': SessionSecrets;
  payment_intent: PaymentIntent;
  payment_method: PaymentMethod;
  charge: Charge;
  refund: Refund;
  dispute: Dispute;
  subscription: Subscription;
  invoice: Invoice;
  invoice_payment: InvoicePayment;
  account: Account;
  transfer: Transfer;
  transfer_reversal: TransferReversal;
  balance_transaction: BalanceTransaction;
  event: StoredEvent;
};
export type Kind = keyof Objects;
export type AnyObject = Objects[Kind];
