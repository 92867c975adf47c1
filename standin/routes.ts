/** Every covered endpoint and what answers it; the compiler sees that none is forgotten. */
import type { Handler } from './handler.ts';
import type { Covered } from './parameters/covered.ts';
import { books } from './resources/books.ts';
import { catalogue } from './resources/catalogue.ts';
import { customers } from './resources/customers.ts';
import { events } from './resources/events.ts';
import { payments } from './resources/payments.ts';
import { refunds } from './resources/refunds.ts';
import { sessions } from './resources/sessions.ts';

export const HANDLERS = {
  ...customers,
  ...catalogue,
  ...sessions,
  ...payments,
  ...refunds,
  ...books,
  ...events,
} as Readonly<Record<Covered, Handler>>;
