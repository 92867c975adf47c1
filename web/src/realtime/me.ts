/** One's own room: notices, and whatever else concerns this person alone. */
import type { NoticeNewEvent } from '#contract/socket-events.ts';
import { takeSocket } from './socket.ts';

const JOIN_LIMIT_MS = 5000;

/** Hears of new notices; `onJoined` tells that some may have been missed. Returns stop. */
export function listenToMe(onNotice: (event: NoticeNewEvent) => void, onJoined: () => void): () => void {
  const { socket, release } = takeSocket();
  const join = () => {
    socket.timeout(JOIN_LIMIT_MS).emit('me:join', {}, (failure, reply) => {
      if (!failure && reply.ok) onJoined();
    });
  };
  socket.on('connect', join);
  socket.on('notice:new', onNotice);
  if (socket.connected) join();
  return () => {
    socket.off('connect', join);
    socket.off('notice:new', onNotice);
    release();
  };
}
