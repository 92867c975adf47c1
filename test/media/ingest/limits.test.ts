/** What one peer, or many, may cost. Times are shrunk; no test asserts one. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { command, connectRtmp, message, publishAsObs, type RtmpClient, uint32 } from '../../kit/rtmp-client.ts';
import { eventually, publisher, startCountingPublisher, startTestIngest, type TestIngest } from './harness.ts';

const running: TestIngest[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function ours(options: Parameters<typeof startTestIngest>[0] = {}): Promise<TestIngest> {
  const ingest = await startTestIngest(options);
  running.push(ingest);
  return ingest;
}

function rawSocket(port: number, localAddress = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  socket.resume();
  return { socket, closed: new Promise<void>((resolve) => socket.once('close', () => resolve())) };
}

test('silence is ended: before the first byte, in the handshake, before publish', async () => {
  const ingest = await ours({ limits: { idleMs: 150 } });
  const mute = rawSocket(ingest.port);
  const half = rawSocket(ingest.port);
  half.socket.write(Buffer.alloc(100, 3));
  const shaken = await connectRtmp({ port: ingest.port });
  await Promise.all([mute.closed, half.closed, shaken.closed]);
  await eventually(() => ingest.connections() === 0, 'all connections to be gone');
});

test('a drip of bytes does not count as life before publish', async () => {
  const ingest = await ours({ limits: { idleMs: 10_000, publishWithinMs: 300 } });
  const slow = rawSocket(ingest.port);
  const drip = setInterval(() => slow.socket.write(Buffer.alloc(1, 3)), 20);
  await slow.closed;
  clearInterval(drip);
});

test('what is no RTMP is ended at its first byte', async () => {
  const ingest = await ours();
  for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01']) {
    const other = rawSocket(ingest.port);
    other.socket.write(text);
    await other.closed;
  }
  expect(ingest.refusals.map((one) => one.fault)).toEqual(['not_rtmp', 'not_rtmp']);
});

test('slow sockets in their hundreds keep no publisher out and disturb none', async () => {
  const ingest = await ours({ limits: { waitingConnections: 20, connectionsPerAddress: 50, connections: 500 } });
  const good = await startCountingPublisher(ingest.port);
  const slow = Array.from({ length: 600 }, (_, i) => rawSocket(ingest.port, `127.0.0.${2 + (i % 20)}`));
  for (const { socket } of slow) socket.write(Buffer.alloc(10, 3));
  await eventually(() => ingest.refusals.some((one) => one.fault === 'crowded_out'), 'the crowd to be thinned out');
  const late = await publisher(ingest.port);
  late.send(message({ type: 9, payload: Buffer.alloc(9, 1), streamId: 1, chunkSize: 4096 }));
  await eventually(() => ingest.broadcasts[1]?.packets.length === 1, 'the latecomer to be live');
  expect(ingest.broadcasts[0]?.ends).toEqual(['replaced']);
  expect(ingest.connections()).toBeLessThanOrEqual(22);
  for (const { socket } of slow) socket.destroy();
  good.client.socket.destroy();
});

test('connections are counted, in all and by address', async () => {
  const ingest = await ours({ limits: { connections: 4, connectionsPerAddress: 2 } });
  await Promise.all([1, 2].map(() => connectRtmp({ port: ingest.port, localAddress: '127.0.0.2' })));
  await rawSocket(ingest.port, '127.0.0.2').closed;
  const [third] = await Promise.all([3, 4].map(() => connectRtmp({ port: ingest.port, localAddress: '127.0.0.3' })));
  await rawSocket(ingest.port, '127.0.0.4').closed;
  expect(ingest.refusals.map((one) => one.fault)).toEqual(['connections_per_address', 'connections']);
  expect(ingest.refusals[0]).toMatchObject({ reason: 'publish.too_many', address: '127.0.0.2', connectionId: null });
  third?.socket.destroy();
  await eventually(() => ingest.connections() === 3, 'a place to be free');
  await connectRtmp({ port: ingest.port, localAddress: '127.0.0.4' });
});

const many = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => bytes));
const tiny = message({ type: 9, payload: Buffer.alloc(1), streamId: 1, chunkStream: 6 });
const LIVE: [string, (client: RtmpClient) => void][] = [
  ['too_many_messages', (client) => client.send(many(60, message({ type: 3, payload: uint32(1), chunkStream: 2 })))],
  ['too_many_messages', (client) => client.send(many(20_000, tiny))],
  ['unexpected_command', (client) => client.send(command('publish', 9, [null, 'good', 'live'], { streamId: 1 }))],
  ['unexpected_command', (client) => client.send(command('connect', 9, [{ app: 'live' }]))],
  [
    'too_many_chunk_streams',
    (client) =>
      client.send(
        Buffer.concat(
          Array.from({ length: 40 }, (_, i) => message({ type: 9, payload: Buffer.alloc(1), chunkStream: 70 + i })),
        ),
      ),
  ],
  [
    'too_many_pending_bytes',
    (client) => {
      for (let i = 0; i < 4; i += 1) {
        client.send(
          message({
            type: 9,
            payload: Buffer.alloc(4096),
            claimedLength: 4_000_000,
            chunkStream: 20 + i,
            chunkSize: 4096,
          }),
        );
      }
    },
  ],
];

test.each(LIVE)('a publisher that goes too far is ended alone: %s', async (fault, act) => {
  const ingest = await ours({ keys: ['good', 'bad'] });
  const good = await startCountingPublisher(ingest.port);
  const bad = await publisher(ingest.port, 'bad');
  act(bad);
  await bad.closed;
  expect(ingest.refusals.map((one) => one.fault)).toEqual([fault]);
  expect(ingest.broadcasts[1]?.ends).toEqual(['protocol_error']);
  await good.verify(ingest.broadcasts[0]);
});

test('bytes before publish are counted', async () => {
  const ingest = await ours();
  const client = await connectRtmp({ port: ingest.port });
  for (let i = 0; i < 30; i += 1) client.send(message({ type: 9, payload: Buffer.alloc(4000, 1), chunkStream: 6 }));
  await client.closed;
  expect(ingest.refusals.map((one) => one.fault)).toEqual(['too_many_bytes_before_publish']);
});

test.each(['', '   ', '?key=good'])('an empty key (%j) is refused without asking', async (key) => {
  const ingest = await ours();
  const client = await connectRtmp({ port: ingest.port });
  await publishAsObs(client, { key });
  expect(await client.status()).toMatchObject({
    code: 'NetStream.Publish.BadName',
    description: expect.stringContaining('no stream key'),
  });
  expect(ingest.requests).toEqual([]);
});

test.each(['', 'other', 'other/ana', 'live/a/b', 'live/UPPER', 'live/..', 'live2'])(
  'application %j is refused',
  async (app) => {
    const ingest = await ours();
    const client = await connectRtmp({ port: ingest.port });
    client.send(command('connect', 1, [{ app }]));
    expect((await client.status()).code).toBe('NetConnection.Connect.Rejected');
    await client.closed;
  },
);

test('an authorizer that fails or does not answer refuses, and a late yes is told that it is too late', async () => {
  const failing = await ours({ authorize: () => Promise.reject(new Error('away')) });
  const first = await connectRtmp({ port: failing.port });
  await publishAsObs(first, { key: 'good' });
  expect(await first.status()).toMatchObject({
    code: 'NetStream.Publish.BadName',
    description: expect.stringContaining('try again'),
  });

  const ends: string[] = [];
  let say = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    say = resolve;
  });
  const slow = await ours({
    limits: { authorizeMs: 100 },
    authorize: async () => {
      await late;
      return { ok: true, sink: { packet: () => void ends.push('packet'), closed: (end) => void ends.push(end) } };
    },
  });
  const second = await connectRtmp({ port: slow.port });
  await publishAsObs(second, { key: 'good' });
  expect((await second.status()).code).toBe('NetStream.Publish.BadName');
  say();
  await eventually(() => ends.length > 0, 'the late sink to hear');
  expect(ends).toEqual(['timeout']);
});

test('a sink that throws ends its own publisher only', async () => {
  let accepted = 0;
  const counted: number[] = [];
  const ingest = await ours({
    authorize: async () => {
      accepted += 1;
      if (accepted > 1)
        return {
          ok: true,
          sink: { packet: ({ timestampMs }) => void counted.push(timestampMs), closed: () => undefined },
        };
      const fail = (): never => {
        throw new Error('sink');
      };
      return { ok: true, sink: { packet: fail, closed: fail } };
    },
  });
  const [first, second] = [await publisher(ingest.port, 'a'), await publisher(ingest.port, 'b')];
  first.send(tiny);
  await first.closed;
  second.send(tiny);
  await eventually(() => counted.length === 1, 'the other publisher to go on');
});

test('stop says good-bye to publishers and closes every socket', async () => {
  const ingest = await startTestIngest({ limits: { lingerMs: 200 } });
  const live = await publisher(ingest.port);
  const waiting = await connectRtmp({ port: ingest.port });
  const deaf = await publisher(ingest.port, 'good');
  deaf.socket.pause();
  await ingest.stop();
  await Promise.all([live.closed, waiting.closed]);
  expect(ingest.connections()).toBe(0);
  expect(ingest.broadcasts.map((one) => one.ends)).toEqual([['replaced'], ['cut']]);
  deaf.socket.destroy();
});
