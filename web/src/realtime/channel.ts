/** The socket of one channel page: it carries hints; the truth is always asked for over HTTP. */
import type { ServerEvents } from '#contract/socket-events.ts';
import { takeSocket } from './socket.ts';

export type ChannelSocketEvents = {
  /** The room is joined, at first and after each reconnection. */
  joined: () => void;
  down: () => void;
  state: (version: number) => void;
  viewers: (count: number) => void;
};

const JOIN_LIMIT_MS = 5000;
const BACK_AFTER_MS = 1000;

const joinRequest = (channel: string, grant: string | null) => (grant === null ? { channel } : { channel, grant });

/** Shows the room a grant: from then on the page hears what is said inside the show. `failed`: it was not taken in. */
export function enterShow(channel: string, grant: string, failed: () => void): void {
  const { socket, release } = takeSocket();
  if (socket.connected) {
    socket.timeout(JOIN_LIMIT_MS).emit('room:join', joinRequest(channel, grant), (failure, reply) => {
      if (failure || !reply.ok) failed();
    });
  }
  release();
}

/** Joins a channel's room, with the grant of that moment, and reports. Returns stop. */
export function openChannelSocket(
  channel: string,
  on: ChannelSocketEvents,
  grant: () => string | null = () => null,
): () => void {
  const { socket, release } = takeSocket();
  const join = () => {
    socket.timeout(JOIN_LIMIT_MS).emit('room:join', joinRequest(channel, grant()), (failure, reply) => {
      if (failure || !reply.ok) return on.down();
      on.joined();
    });
  };
  const disconnected = (reason: string) => {
    on.down();
    // The server closed it on purpose (sign-out, new code); the library leaves coming back to us.
    if (reason === 'io server disconnect') setTimeout(() => socket.connect(), BACK_AFTER_MS);
  };
  const state: ServerEvents['show:state'] = (event) => {
    if (event.channel === channel) on.state(event.version);
  };
  const viewers: ServerEvents['show:viewers'] = (event) => {
    if (event.channel === channel) on.viewers(event.viewers);
  };
  socket.on('connect', join);
  socket.on('disconnect', disconnected);
  socket.on('connect_error', on.down);
  socket.on('show:state', state);
  socket.on('show:viewers', viewers);
  if (socket.connected) join();
  return () => {
    socket.off('connect', join);
    socket.off('disconnect', disconnected);
    socket.off('connect_error', on.down);
    socket.off('show:state', state);
    socket.off('show:viewers', viewers);
    release();
  };
}
