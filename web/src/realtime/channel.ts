/** The socket of one channel page: it carries hints; the truth is always asked for over HTTP. */
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, ServerEvents } from '#contract/socket-events.ts';

export type ChannelSocketEvents = {
  /** The room is joined, at first and after each reconnection. */
  joined: () => void;
  down: () => void;
  state: (version: number) => void;
  viewers: (count: number) => void;
};

const JOIN_LIMIT_MS = 5000;

/** Joins a channel's room and reports. Returns stop. */
export function openChannelSocket(channel: string, on: ChannelSocketEvents): () => void {
  const socket: Socket<ServerEvents, ClientEvents> = io({
    path: '/socket.io',
    // A WebSocket needs no sticky upgrade; polling stays as the way round proxies that forbid it.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
  });
  const join = () => {
    socket.timeout(JOIN_LIMIT_MS).emit('room:join', { channel }, (failure, reply) => {
      if (failure || !reply.ok) return on.down();
      on.joined();
    });
  };
  socket.on('connect', join);
  socket.on('disconnect', (reason) => {
    on.down();
    // The server closed it on purpose (sign-out, new code); the library leaves coming back to us.
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 1000);
  });
  socket.on('connect_error', on.down);
  socket.on('show:state', (event) => {
    if (event.channel === channel) on.state(event.version);
  });
  socket.on('show:viewers', (event) => {
    if (event.channel === channel) on.viewers(event.viewers);
  });
  return () => {
    socket.removeAllListeners();
    socket.disconnect();
  };
}
