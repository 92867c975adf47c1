/** How every request to Stripe ends: its answer, a plain no, or nobody knows. */
import Stripe from 'stripe';
import { AppError } from '#contract/errors.ts';

/** Stripe understood the request and said no. The message is Stripe's. */
export class StripeRefused extends Error {
  readonly code: string | null;
  constructor(error: Error, code: string | null) {
    super(error.message, { cause: error });
    this.code = code;
  }
}

const { errors } = Stripe;

/** Sends a request. Throws StripeRefused, payments.away. */
export async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof errors.StripeInvalidRequestError) throw new StripeRefused(error, error.code ?? null);
    if (error instanceof errors.StripeError) {
      throw Object.assign(new AppError('payments.away'), { cause: error });
    }
    throw error;
  }
}

/** Null where Stripe does not know the object. */
export async function found<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await asked(work);
  } catch (error) {
    if (error instanceof StripeRefused && error.code === 'resource_missing') return null;
    throw error;
  }
}
