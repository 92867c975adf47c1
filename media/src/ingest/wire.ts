/**
 * How connections are read: into one buffer for all of them, and, once they publish, in batches. An encoder writes
 * each frame by itself, so that a server which wakes for each pays more for waking than for the bytes.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';

/** What a connection sends within a batch at 50 Mb/s; more is read at once, in several pieces. */
const BUFFER_BYTES = 128 * 1024;

/** Reading is synchronous: nobody else uses the buffer before whoever is given its bytes has returned. */
const shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** Where a socket comes from; empty where the peer is gone already. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** Node's name for the system's side of a socket; it is public only as far as `onread` of sockets that we open. */
type WithHandle = { _handle?: object | null };

/**
 * Reads an accepted socket, which must be paused, into the shared buffer. `take` returns false to pause; `resume()`
 * on the returned socket goes on. The bytes are its only until it returns. Starts paused.
 */
export function readWide(accepted: Socket, take: (bytes: Buffer) => boolean): Socket {
  const { _handle: handle } = accepted as WithHandle;
  if (!handle) {
    accepted.on('data', (bytes) => take(bytes) || accepted.pause());
    return accepted.pause();
  }
  // Node makes a new buffer for each read of a socket that it accepted, and takes no other; so the handle moves.
  (accepted as WithHandle)._handle = null;
  accepted.destroy();
  const callback = (count: number, bytes: Uint8Array) => take(shared.subarray(0, count)) || bytes.length === count;
  return new Socket({ handle, onread: { buffer: shared, callback } } as SocketConstructorOpts);
}

/** Resumes sockets together. */
export type Pulse = { resumeSoon(socket: Socket): void };

/** Sockets that are handed over are resumed at the next beat, at most `everyMs` later. */
export function createPulse(everyMs: number): Pulse {
  let waiting: Socket[] = [];

  function beat(): void {
    const sockets = waiting;
    waiting = [];
    for (const socket of sockets) socket.resume();
  }

  return {
    resumeSoon(socket) {
      if (waiting.length === 0) setTimeout(beat, everyMs);
      waiting.push(socket);
    },
  };
}
