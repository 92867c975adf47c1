/** How connections are read: together, into one buffer, and not a byte lost. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createPulse, readWide } from '../../../media/src/ingest/wire.ts';
import { eventually, startCountingPublisher, startTestIngest } from './harness.ts';

/** One accepted connection, both ends. */
async function pair(): Promise<{ client: Socket; accepted: Socket; close(): void }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return { client, accepted, close: () => server.close() };
}

test('reads share one buffer: this version of Node still lets a handle move', async () => {
  const { client, accepted, close } = await pair();
  const memory: ArrayBufferLike[] = [];
  const socket = readWide(accepted, (bytes) => memory.push(bytes.buffer) > 0);
  expect(socket).not.toBe(accepted);
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.resume();
  for (let n = 1; n <= 3; n++) {
    client.write(Buffer.alloc(1000, n));
    await eventually(() => memory.length >= n, `read ${n}`);
  }
  expect(new Set(memory).size).toBe(1);
  client.end();
  await once(socket, 'close');
  close();
});

test('a socket that asked for a pause gets nothing before the next beat, and then everything', async () => {
  const { client, accepted, close } = await pair();
  const pulse = createPulse(60);
  const got: Buffer[] = [];
  const beats: number[] = [];
  const socket = readWide(accepted, (bytes) => {
    got.push(Buffer.from(bytes));
    beats.push(performance.now());
    pulse.resumeSoon(socket);
    return false;
  });
  socket.resume();
  const sent = Array.from({ length: 40 }, (_, n) => Buffer.alloc(100 + n, n));
  for (const one of sent) {
    client.write(one);
    await new Promise((next) => setTimeout(next, 5));
  }
  await eventually(() => Buffer.concat(got).length === Buffer.concat(sent).length, 'all of it');
  expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
  // Forty writes, and far fewer reads; a busy machine makes fewer still.
  expect(got.length).toBeLessThan(20);
  // Timers may be early by a millisecond.
  for (const [i, at] of beats.entries()) if (i > 0) expect(at - (beats[i - 1] ?? 0)).toBeGreaterThan(58);
  client.destroy();
  await once(socket, 'close');
  close();
});

test('more than the buffer holds comes within one beat', async () => {
  const { client, accepted, close } = await pair();
  let bytes = 0;
  // Always asks for a pause: only a read that filled the buffer may go on without a beat.
  const socket = readWide(accepted, (data) => {
    bytes += data.length;
    setImmediate(() => socket.resume());
    return false;
  });
  socket.resume();
  client.write(Buffer.alloc(2_000_000));
  await eventually(() => bytes === 2_000_000, 'two megabytes');
  client.destroy();
  await once(socket, 'close');
  close();
});

test('publishers are read in batches and lose nothing; what follows a publish command waits for the decision', async () => {
  const ingest = await startTestIngest({ keys: ['one', 'two', 'three'] });
  const publishers = [];
  for (const key of ['one', 'two', 'three']) publishers.push(await startCountingPublisher(ingest.port, key));
  for (const [i, one] of publishers.entries()) expect(await one.verify(ingest.broadcasts[i])).toBeGreaterThan(10);
  await ingest.stop();
  expect(ingest.connections()).toBe(0);
});
