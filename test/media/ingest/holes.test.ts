/** Each hole of the plain library: the same probe opens it there and is stopped here. */
import { afterEach, describe, expect, test } from 'vitest';
import { amf, command, connectRtmp, message, publishAsObs, type RtmpClient, uint32 } from '../../kit/rtmp-client.ts';
import {
  eventually,
  type PlainLibrary,
  publisher,
  sha256,
  startCountingPublisher,
  startPlainLibrary,
  startTestIngest,
  type TestIngest,
} from './harness.ts';

const MARK = Buffer.from('injected-by-somebody-refused');
const FRAME = Buffer.concat([Buffer.from([0x27, 1, 0, 0, 0]), MARK]);
const video = (payload: Buffer, time = 0) =>
  message({ type: 9, payload, time, streamId: 1, chunkStream: 6, chunkSize: 4096 });

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function plain(secret?: string): Promise<PlainLibrary> {
  const library = await startPlainLibrary(secret);
  running.push(library);
  return library;
}

async function ours(options: Parameters<typeof startTestIngest>[0] = {}): Promise<TestIngest> {
  const ingest = await startTestIngest(options);
  running.push(ingest);
  return ingest;
}

const about = { app: 'live', tcUrl: 'rtmp://localhost/live' };

/** Each ends the whole process of the plain library. */
const CRASHES: Record<string, (client: RtmpClient) => void> = {
  'a tcUrl that is no address': (client) => client.send(command('connect', 1, [{ app: 'live', tcUrl: '::::' }])),
  'a connect without an object': (client) => client.send(command('connect', 1, [null])),
  'an empty video message before anything else': (client) =>
    client.send(Buffer.concat([message({ type: 9, payload: Buffer.alloc(0) }), Buffer.alloc(1, 2)])),
  'an empty set chunk size': (client) =>
    client.send(Buffer.concat([message({ type: 1, payload: Buffer.alloc(0) }), Buffer.alloc(1, 2)])),
  'a stream name that is a number': (client) =>
    client.send(Buffer.concat([command('connect', 1, [about]), command('publish', 2, [null, 5], { streamId: 1 })])),
  'a command cut short': (client) => client.send(message({ type: 20, payload: Buffer.from([0]) })),
  'a command with an AMF type that does not exist': (client) =>
    client.send(message({ type: 20, payload: Buffer.concat([amf('connect', 1), Buffer.from([0x2a])]) })),
};

describe('a process for all: one bad peer', () => {
  test.each(Object.keys(CRASHES))('%s', async (name) => {
    const probe = CRASHES[name];
    const library = await plain();
    probe?.(await connectRtmp({ port: library.port }));
    await eventually(library.exited, 'the plain library to crash');

    const ingest = await ours();
    const good = await startCountingPublisher(ingest.port);
    const bad = await connectRtmp({ port: ingest.port });
    probe?.(bad);
    bad.socket.end();
    await bad.closed;
    expect(await good.verify(ingest.broadcasts[0])).toBeGreaterThan(0);
    expect(ingest.requests).toHaveLength(1);
    // Each was foreseen; none fell into the last net.
    expect(ingest.logged.filter((line) => line.includes('failed'))).toEqual([]);
  });
});

test('what a refused publisher sends reaches nobody', async () => {
  const library = await plain();
  await publisher(library.port, 'same');
  const viewer = await play(library.port, 'same');
  const refusedThere = await connectRtmp({ port: library.port });
  await publishAsObs(refusedThere, { key: 'same' });
  for (let i = 0; i < 40; i += 1) refusedThere.send(video(FRAME, i));
  await eventually(() => viewer.replies.some((one) => one.payload.includes(MARK)), 'the injected frame at a viewer');

  const ingest = await ours();
  const good = await startCountingPublisher(ingest.port);
  const refused = await connectRtmp({ port: ingest.port });
  await publishAsObs(refused, { key: 'wrong' });
  for (let i = 0; i < 40; i += 1) refused.send(video(FRAME, i));
  const status = await refused.status();
  expect(status).toMatchObject({
    level: 'error',
    code: 'NetStream.Publish.BadName',
    description: 'This stream key is not known.',
  });
  refused.send(video(FRAME));
  await refused.closed;
  expect(refused.replies.some((one) => one.payload.includes('NetStream.Publish.Start'))).toBe(false);
  await good.verify(ingest.broadcasts[0]);
  expect(ingest.broadcasts).toHaveLength(1);
});

async function play(port: number, name: string): Promise<RtmpClient> {
  const client = await connectRtmp({ port });
  client.send(command('connect', 1, [about]));
  await client.answer('_result');
  client.send(command('createStream', 2, [null]));
  await client.answer('_result');
  client.send(command('getStreamLength', 3, [null, name]));
  client.send(command('play', 4, [null, name, -2000], { streamId: 1 }));
  return client;
}

test('nobody plays over RTMP', async () => {
  const library = await plain();
  const there = await publisher(library.port, 'good');
  there.send(video(FRAME));
  const viewer = await play(library.port, 'good');
  await eventually(() => {
    there.send(video(FRAME));
    return viewer.replies.some((one) => one.type === 9);
  }, 'video at a player without a key');

  const ingest = await ours();
  const here = await publisher(ingest.port);
  here.send(video(FRAME));
  const refused = await play(ingest.port, 'good');
  expect((await refused.status()).code).toBe('NetStream.Play.Failed');
  here.send(video(FRAME));
  await refused.closed;
  expect(refused.replies.filter((one) => [8, 9, 18].includes(one.type))).toEqual([]);
  await eventually(() => ingest.broadcasts[0]?.packets.length === 2, 'the publisher to go on');
});

test('same key twice: the newest publisher wins', async () => {
  const library = await plain();
  await publisher(library.port, 'same');
  const secondThere = await connectRtmp({ port: library.port });
  await publishAsObs(secondThere, { key: 'same' });
  await eventually(() => library.output().includes('already has a publisher'), 'the second one to be refused');

  const ingest = await ours();
  const first = await publisher(ingest.port);
  const second = await publisher(ingest.port);
  expect(await first.status()).toMatchObject({
    level: 'error',
    description: 'Another encoder took over with the same key.',
  });
  await first.closed;
  expect(ingest.broadcasts[0]?.ends).toEqual(['replaced']);
  second.send(video(FRAME));
  await eventually(() => ingest.broadcasts[1]?.packets.length === 1, 'the second publisher to be live');
  expect(ingest.broadcasts[0]?.packets).toEqual([]);
});

test('a publisher that went silent lets go of its key', async () => {
  const library = await plain();
  const silentThere = await publisher(library.port, 'same');
  const ingest = await ours({ limits: { idleMs: 300 } });
  const silent = await publisher(ingest.port);
  await silent.closed;
  expect(ingest.broadcasts[0]?.ends).toEqual(['timeout']);
  expect(silentThere.socket.destroyed).toBe(false);
});

test('Publish.Start comes after the decision and names nothing', async () => {
  const library = await plain('a secret that nobody signs with');
  const there = await connectRtmp({ port: library.port });
  await publishAsObs(there, { key: 'KEYCANARY' });
  expect((await there.status()).description).toContain('KEYCANARY');

  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ingest = await ours({
    authorize: async () => {
      await held;
      return { ok: true, sink: { packet: () => undefined, closed: () => undefined } };
    },
  });
  const client = await connectRtmp({ port: ingest.port });
  await publishAsObs(client, { key: 'KEYCANARY' });
  await eventually(() => ingest.requests.length === 1, 'the question');
  expect(client.replies.some((one) => one.payload.includes('onStatus'))).toBe(false);
  release();
  expect((await client.status()).code).toBe('NetStream.Publish.Start');
  expect(client.replies.some((one) => one.payload.includes('KEYCANARY'))).toBe(false);
});

test('a message of sixteen megabytes is not taken', async () => {
  const huge = message({ type: 9, payload: Buffer.alloc(10), claimedLength: 0xffffff, chunkStream: 6 });
  const library = await plain();
  const there = await publisher(library.port, 'good');
  there.send(huge);
  there.send(message({ type: 1, payload: uint32(4096), chunkStream: 2 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(there.socket.destroyed).toBe(false);

  const ingest = await ours();
  const here = await publisher(ingest.port);
  here.send(huge);
  await here.closed;
  expect(ingest.refusals).toMatchObject([
    { reason: 'publish.protocol_error', fault: 'message_too_large', keyHash: sha256('good') },
  ]);
  expect(ingest.broadcasts[0]?.ends).toEqual(['protocol_error']);
});

test('a key is in no log, whatever place it is put in', async () => {
  const canary = 'KEYCANARY0123456789';
  const say = async (client: RtmpClient, extra: { app?: string } = {}) => {
    await publishAsObs(client, {
      key: `${canary}?also=${canary}`,
      tcUrl: `rtmp://localhost/live/${canary}`,
      ...extra,
    }).catch(() => undefined);
    client.send(message({ type: 18, payload: amf('@setDataFrame', 'onMetaData', { key: canary }), chunkStream: 4 }));
    client.send(command(canary, 9, [canary]));
    client.send(message({ type: 20, payload: Buffer.concat([amf(canary), Buffer.from([0x2a])]) }));
    client.socket.end();
    await client.closed;
  };
  const library = await plain();
  await say(await connectRtmp({ port: library.port }));
  await eventually(() => library.output().includes(canary), 'the plain library to print it');

  const printed: string[] = [];
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => printed.push(String(text)) > 0;
  try {
    const ingest = await ours({ keys: [canary] });
    await say(await connectRtmp({ port: ingest.port }));
    await say(await connectRtmp({ port: ingest.port }), { app: canary });
    await say(await connectRtmp({ port: ingest.port }), { app: `live/${canary}` });
    expect(ingest.requests.map((one) => one.keyHash)).toEqual([sha256(canary)]);
    expect(JSON.stringify(ingest.requests)).not.toContain(canary);
    expect(ingest.logged.length).toBeGreaterThan(0);
    expect([...ingest.logged, ...printed, JSON.stringify(ingest.refusals)].join()).not.toContain(canary);
  } finally {
    process.stdout.write = write;
  }
});
