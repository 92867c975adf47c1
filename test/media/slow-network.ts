/** A network between an encoder and media: it delays, or lets through so much a second. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Network = {
  /** Of one packet, milliseconds; packets keep their order. */
  readonly delayMs?: () => number;
  /** By the time since the connection began, milliseconds. */
  readonly bytesPerSecond?: (sinceMs: number) => number;
};

const TICK_MS = 20;
/** More than this is not taken from the encoder at a time, bytes. */
const QUEUE_BYTES = 128 * 1024;

function carry(from: Socket, to: Socket, { delayMs = () => 0, bytesPerSecond = () => 1e9 }: Network): () => void {
  const startMs = performance.now();
  let queue: { dueMs: number; bytes: Buffer }[] = [];
  let [queued, budget, lastDueMs] = [0, 0, 0];
  from.on('data', (bytes) => {
    lastDueMs = Math.max(lastDueMs, performance.now() + delayMs());
    queue.push({ dueMs: lastDueMs, bytes });
    queued += bytes.length;
    if (queued > QUEUE_BYTES) from.pause();
  });
  const timer = setInterval(() => {
    const now = performance.now();
    const allowed = bytesPerSecond(now - startMs);
    budget = Math.min(budget + (allowed * TICK_MS) / 1000, allowed);
    while (queue[0] && queue[0].dueMs <= now && budget >= 1) {
      const { dueMs, bytes } = queue[0];
      const now_ = bytes.subarray(0, Math.floor(budget));
      to.write(now_);
      budget -= now_.length;
      queued -= now_.length;
      if (now_.length === bytes.length) queue = queue.slice(1);
      else queue[0] = { dueMs, bytes: bytes.subarray(now_.length) };
    }
    if (queued < QUEUE_BYTES) from.resume();
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** Listens on a port of its own and carries everything to `port`. */
export async function startNetwork(port: number, network: Network) {
  const sockets = new Set<Socket>();
  const server = createServer((encoder) => {
    const media = connect(port, '127.0.0.1');
    const stop = carry(encoder, media, network);
    media.pipe(encoder);
    for (const socket of [encoder, media]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        stop();
        encoder.destroy();
        media.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  return {
    url: `rtmp://127.0.0.1:${address.port}/live`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
