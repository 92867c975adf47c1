/** The page's one socket, shared by all who listen on it. */
import { io, type Socket } from 'socket.io-client';
import type { ClientEvents, ServerEvents } from '#contract/socket-events.ts';

export type PageSocket = Socket<ServerEvents, ClientEvents>;

let shared: PageSocket | null = null;
let users = 0;

/** The socket, opened for its first user and closed after its last. Each user removes its own listeners. */
export function takeSocket(): { socket: PageSocket; release: () => void } {
  shared ??= io({
    path: '/socket.io',
    // A WebSocket needs no sticky upgrade; polling stays as the way round proxies that forbid it.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
    randomizationFactor: 0.5,
  });
  const socket = shared;
  users += 1;
  let released = false;
  return {
    socket,
    release: () => {
      if (released) return;
      released = true;
      users -= 1;
      if (users > 0) return;
      socket.disconnect();
      shared = null;
    },
  };
}

/** Opens the connection anew, because who one is, is told when it opens: after signing in or out. */
export function renewSocket(): void {
  shared?.disconnect().connect();
}
