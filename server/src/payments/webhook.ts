/** Where Stripe tells of events. The body is read raw, because the signature is over its bytes. */
import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { AppError } from '#contract/errors.ts';
import type { Payments } from './payments.ts';
import { takeIn } from './settle.ts';

/** The addresses that installations in the field have given to Stripe. */
export const WEBHOOK_PATHS = ['/api/webhooks/stripe', '/api/webhook', '/api/webhooks/payment-success'];
/** Largest event that is taken, bytes. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Mounted before anything reads bodies or asks for an Origin: the signature is what lets an event in. */
export function mountWebhook(app: Express, ctx: Payments): void {
  const raw = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES, inflate: false });
  const take = async (request: Request, response: Response, next: NextFunction) => {
    try {
      response.locals['route'] = request.path;
      const signature = request.get('stripe-signature');
      const body: unknown = request.body;
      if (signature === undefined || !Buffer.isBuffer(body)) throw new AppError('payments.signature');
      const outcome = await takeIn(ctx, ctx.stripe.readWebhook(body, signature), 'webhook');
      response.json({ received: true, outcome });
    } catch (error) {
      next(error);
    }
  };
  for (const path of WEBHOOK_PATHS) app.post(path, raw, take);
}
