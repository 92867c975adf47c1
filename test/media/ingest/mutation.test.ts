/** A hundred thousand mutated packets over many connections, while a real stream goes on. */
import { expect, test } from 'vitest';
import { amf, command, connectRtmp, message, uint32 } from '../../kit/rtmp-client.ts';
import { eventually, startCountingPublisher, startTestIngest } from './harness.ts';

const PACKETS = 100_000;
const PER_CONNECTION = 200;
const AT_ONCE = 8;
const SEED = 20_260_101;

/** mulberry32: small, seeded, good enough to mutate with. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const VALID = [
  command('connect', 1, [{ app: 'live', tcUrl: 'rtmp://localhost/live', flashVer: 'FMLE/3.0' }]),
  command('releaseStream', 2, [null, 'bad'], { format: 1 }),
  command('FCPublish', 3, [null, 'bad'], { format: 1 }),
  command('createStream', 4, [null]),
  command('publish', 5, [null, 'bad', 'live'], { streamId: 1, chunkStream: 4 }),
  command('deleteStream', 6, [null, 1]),
  message({ type: 1, payload: uint32(4096), chunkStream: 2 }),
  message({ type: 2, payload: uint32(6), chunkStream: 2 }),
  message({ type: 4, payload: Buffer.from([0, 6, 0, 0, 0, 1]), chunkStream: 2 }),
  message({ type: 5, payload: uint32(1), chunkStream: 2 }),
  message({ type: 18, payload: amf('@setDataFrame', 'onMetaData', { width: 1920 }), chunkStream: 4 }),
  message({ type: 8, payload: Buffer.alloc(200, 0xaf), chunkStream: 4, time: 0x1000000 }),
  message({ type: 9, payload: Buffer.alloc(700, 0x27), chunkStream: 600, time: 0xffffffff }),
];

/** Half of the mutations spare the chunk header, so that a connection lives on and deeper layers get their share. */
function mutate(packet: Buffer, below: (limit: number) => number): Buffer {
  const out = Buffer.from(packet);
  const kind = below(20);
  if (kind === 0) return out.subarray(0, below(out.length) + 1);
  if (kind === 1) return Buffer.concat([out, Buffer.from([below(256), below(256)])]);
  const [from, to] = kind < 8 ? [0, Math.min(24, out.length)] : [Math.min(20, out.length - 1), out.length];
  for (let i = below(4); i >= 0; i -= 1) out[from + below(to - from)] = below(256);
  return out;
}

test(`${PACKETS} mutated packets leave a publisher undisturbed`, { timeout: 180_000 }, async () => {
  const below = random(SEED);
  // Some of the harmful ones are live: their packets get as far as a sink.
  const limits = {
    connectionsPerAddress: 1000,
    waitingConnections: 1000,
    lingerMs: 50,
    idleMs: 5000,
    controlMessagesPerSecond: 1e9,
  };
  const ingest = await startTestIngest({ keys: ['good', 'bad'], limits });
  const good = await startCountingPublisher(ingest.port);
  let sent = 0;

  /** One packet a turn of the event loop, so that a packet counts only where its connection was still open. */
  async function attack(): Promise<void> {
    while (sent < PACKETS) {
      const client = await connectRtmp({ port: ingest.port });
      for (const packet of VALID.slice(0, below(VALID.length))) client.send(packet);
      for (let i = 0; i < PER_CONNECTION && !client.socket.destroyed && client.socket.writable; i += 1) {
        client.send(mutate(VALID[below(VALID.length)] ?? Buffer.alloc(1), below));
        sent += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      client.socket.destroy();
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, attack));
  const packets = await good.verify(ingest.broadcasts[0]);
  await eventually(() => ingest.connections() <= 1, 'all connections to be gone');
  console.log(`${sent} mutated packets, ${ingest.refusals.length} connections ended, ${packets} packets undisturbed`);
  expect(sent).toBeGreaterThanOrEqual(PACKETS);
  expect(new Set(ingest.refusals.map((one) => one.fault)).size).toBeGreaterThan(5);
  expect(ingest.broadcasts.slice(1).every((one) => one.ends.length === 1)).toBe(true);
  expect(ingest.logged.filter((line) => line.includes('failed'))).toEqual([]);
  await ingest.stop();
});
