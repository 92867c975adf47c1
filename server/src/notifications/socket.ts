import type { IncomingMessage } from 'node:http';
import { AppError } from '#contract/errors.ts';
import type { Caller } from '../platform/http.ts';
import type { EventHandlers } from '../platform/sockets.ts';
import { personRoom } from './rooms.ts';

/** A socket hears of its own person's notices. Throws auth.required where nobody is signed in. */
export const noticeEvents = (
  authenticate: (request: IncomingMessage) => Promise<Caller>,
): Pick<EventHandlers, 'me:join'> => ({
  async 'me:join'(socket) {
    const caller = await authenticate(socket.request);
    if (caller.kind !== 'user') throw new AppError('auth.required');
    await socket.join(personRoom(caller.userId));
  },
});
