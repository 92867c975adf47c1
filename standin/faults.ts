/** What Stripe says when it refuses, in its own words, codes and status. */

export type FaultBody = {
  readonly type: 'invalid_request_error' | 'idempotency_error' | 'card_error' | 'api_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly payment_intent?: unknown;
};

/** Ends a request with an error of Stripe's form. */
export class Fault extends Error {
  readonly status: number;
  readonly body: FaultBody;
  constructor(status: number, body: FaultBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

const optional = (code?: string, param?: string) => ({
  ...(code === undefined ? {} : { code }),
  ...(param === undefined ? {} : { param }),
});

/** HTTP 400 `invalid_request_error`. */
export function invalid(message: string, code?: string, param?: string): Fault {
  return new Fault(400, { type: 'invalid_request_error', message, ...optional(code, param) });
}

/** An object that is not there: 404 where the address names it, 400 where a parameter does. */
export function missing(what: string, id: string, param = 'id'): Fault {
  return new Fault(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    message: `No such ${what}: '${id}'`,
    code: 'resource_missing',
    param,
  });
}

/** Amounts in messages, as Stripe writes them: `€5.49`. `minor` in minor units. */
export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}
