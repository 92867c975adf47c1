import { AppError } from '#contract/errors.ts';
import type { EventHandlers } from '../platform/sockets.ts';
import { isClaim } from './checkout.ts';
import { checkoutRoom, type Payments } from './payments.ts';

/** The page of a purchase hears when it is paid. Throws checkout.not_found for a claim that does not fit. */
export const checkoutEvents = (ctx: Payments): Pick<EventHandlers, 'checkout:join'> => ({
  async 'checkout:join'(socket, { id, claim }) {
    if (!isClaim(ctx, id, claim)) throw new AppError('checkout.not_found');
    await socket.join(checkoutRoom(id));
  },
});
