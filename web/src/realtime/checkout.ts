/** Hears that a purchase was paid, ahead of the page's next question. */
import type { CheckoutId } from '#contract/ids.ts';
import { takeSocket } from './socket.ts';

const JOIN_LIMIT_MS = 5000;

/** `onPaid` is a hint: what was bought is asked for over HTTP. Also told after each (re)connection. Returns stop. */
export function listenToCheckout(id: CheckoutId, claim: string, onPaid: () => void): () => void {
  const { socket, release } = takeSocket();
  const join = () => {
    socket.timeout(JOIN_LIMIT_MS).emit('checkout:join', { id, claim }, (failure, reply) => {
      // It may have been paid between the page's last question and this moment.
      if (!failure && reply.ok) onPaid();
    });
  };
  const paid = (event: { id: CheckoutId }) => {
    if (event.id === id) onPaid();
  };
  socket.on('connect', join);
  socket.on('checkout:paid', paid);
  if (socket.connected) join();
  return () => {
    socket.off('connect', join);
    socket.off('checkout:paid', paid);
    release();
  };
}
