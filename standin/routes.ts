/** Every covered endpoint and what answers it; the compiler sees that none is forgotten. */
import type { Handler } from './handler.ts';
import type { Covered } from './parameters/covered.ts';
import { books } from './resources/books.ts';
import { catalogue } from './resources/catalogue.ts';
import { connect } from './resources/connect.ts';
import { customers } from './resources/customers.ts';
import { disputes } from './resources/disputes.ts';
import { events } from './resources/events.ts';
import { invoices } from './resources/invoices.ts';
import { payments } from './resources/payments.ts';
import { refunds } from './resources/refunds.ts';
import { sessions } from './resources/sessions.ts';
import { subscriptions } from './resources/subscriptions.ts';

export const HANDLERS = {
  ...customers,
  ...catalogue,
  ...sessions,
  ...payments,
  ...refunds,
  ...disputes,
  ...subscriptions,
  ...invoices,
  ...connect,
  ...books,
  ...events,
} as Readonly<Record<Covered, Handler>>;
