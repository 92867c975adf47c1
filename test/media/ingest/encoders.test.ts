/** What real encoders send: bytes as OBS and phones send them, and ffmpeg itself. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { clip } from '../../kit/publisher.ts';
import { amf, command, connectRtmp, message, publishAsObs, publishAsPhone, uint32 } from '../../kit/rtmp-client.ts';
import { type Broadcast, eventually, publisher, sha256, startTestIngest, type TestIngest } from './harness.ts';

const running: TestIngest[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function ours(options: Parameters<typeof startTestIngest>[0] = {}): Promise<TestIngest> {
  const ingest = await startTestIngest(options);
  running.push(ingest);
  return ingest;
}

const metadata = amf('@setDataFrame', 'onMetaData', { width: 1920, height: 1080, encoder: 'obs-output module' });
const avcHeader = Buffer.from('17000000000164001fffe1001b', 'hex');
const aacHeader = Buffer.from('af001190', 'hex');
const shape = (broadcast: Broadcast | undefined) =>
  broadcast?.packets.map((one) => [one.kind, one.timestampMs, one.payload.length]);

test('OBS: one chunk stream for everything, deltas, extended timestamps that are not repeated', async () => {
  const ingest = await ours();
  const client = await connectRtmp({ port: ingest.port });
  await publishAsObs(client, { app: 'live', key: 'good' });
  expect(await client.status()).toMatchObject({ level: 'status', code: 'NetStream.Publish.Start' });
  const onOne = { streamId: 1, chunkStream: 4, chunkSize: 4096, repeatExtended: false };
  client.send(message({ ...onOne, type: 18, payload: metadata }));
  client.send(message({ ...onOne, type: 8, payload: aacHeader }));
  client.send(message({ ...onOne, type: 9, payload: avcHeader }));
  client.send(message({ ...onOne, type: 9, payload: Buffer.alloc(20_000, 0x17), format: 1, time: 33 }));
  client.send(message({ ...onOne, type: 8, payload: Buffer.alloc(400, 0xaf), format: 1, time: 5 }));
  client.send(message({ ...onOne, type: 9, payload: Buffer.alloc(9000, 0x27), format: 1, time: 0x1000000 }));
  client.send(command('FCUnpublish', 6, [null, 'good'], { format: 1, chunkSize: 4096 }));
  client.send(command('deleteStream', 7, [null, 1], { format: 1, chunkSize: 4096 }));
  client.socket.end();
  await client.closed;
  const [broadcast] = ingest.broadcasts;
  expect(broadcast?.ends).toEqual(['unpublished']);
  expect(shape(broadcast)).toEqual([
    ['data', 0, metadata.length],
    ['audio', 0, aacHeader.length],
    ['video', 0, avcHeader.length],
    ['video', 33, 20_000],
    ['audio', 38, 400],
    ['video', 0x1000000 + 38, 9000],
  ]);
  expect(broadcast?.request).toMatchObject({
    app: 'live',
    keyHash: sha256('good'),
    address: '127.0.0.1',
    encoder: 'FMLE/3.0 (compatible; FMSc/1.0)',
  });
});

test('a phone: waits for every answer, names the channel, sends what comes first right behind publish', async () => {
  const ingest = await ours();
  const client = await connectRtmp({ port: ingest.port });
  await publishAsPhone(client, { app: 'live/ana', key: ' good?bitrate=1' });
  client.send(message({ type: 9, payload: avcHeader, streamId: 1, chunkStream: 5, chunkSize: 8192 }));
  expect((await client.answer('onFCPublish'))[2]).toMatchObject({ code: 'NetStream.Publish.Start' });
  expect((await client.status()).code).toBe('NetStream.Publish.Start');
  client.send(message({ type: 15, payload: Buffer.concat([Buffer.alloc(1), metadata]), streamId: 1, chunkSize: 8192 }));
  const broadcast = await eventually(() => ingest.broadcasts[0]?.packets.length === 2 && ingest.broadcasts[0], 'both');
  expect(shape(broadcast)).toEqual([
    ['video', 0, avcHeader.length],
    ['data', 0, metadata.length],
  ]);
  expect(broadcast.request.app).toBe('live/ana');
  client.socket.destroy();
  await eventually(() => broadcast.ends[0] === 'gone', 'the end');
});

test('other codecs come through, so that they can be refused in words', async () => {
  const ingest = await ours();
  const client = await publisher(ingest.port);
  const hevc = Buffer.concat([Buffer.from([0x90]), Buffer.from('hvc1'), Buffer.alloc(9)]);
  client.send(message({ type: 9, payload: hevc, streamId: 1 }));
  const broadcast = await eventually(() => ingest.broadcasts[0]?.packets.length === 1 && ingest.broadcasts[0], 'HEVC');
  expect(broadcast.packets[0]?.payload.equals(hevc)).toBe(true);
  broadcast.request.cut('cut', 'H.265 is not supported. Choose H.264.');
  broadcast.request.cut('replaced', 'never said');
  expect(broadcast.ends).toEqual(['cut']);
  expect((await client.status()).description).toBe('H.265 is not supported. Choose H.264.');
  await client.closed;
});

test('acknowledges what it received, as often as asked, and answers pings', async () => {
  const ingest = await ours();
  const client = await publisher(ingest.port);
  client.send(message({ type: 5, payload: uint32(100_000), chunkStream: 2 }));
  client.send(message({ type: 4, payload: Buffer.concat([Buffer.from([0, 6]), uint32(77)]), chunkStream: 2 }));
  client.send(message({ type: 9, payload: Buffer.alloc(150_000, 7), streamId: 1, chunkSize: 4096 }));
  const { payload } = await client.reply(3);
  expect(payload.readUInt32BE(0)).toBeGreaterThanOrEqual(100_000);
  await eventually(
    () => client.replies.some((one) => one.type === 4 && one.payload.toString('hex') === '00070000004d'),
    'pong',
  );
});

/** The bodies of an FLV file's audio and video tags. */
function flvTags(file: string): { kind: string; body: Buffer }[] {
  const bytes = readFileSync(file);
  const tags = [];
  for (let at = 13; at + 11 <= bytes.length; ) {
    const length = bytes.readUIntBE(at + 1, 3);
    const kind = { 8: 'audio', 9: 'video' }[bytes.readUInt8(at)];
    if (kind) tags.push({ kind, body: bytes.subarray(at + 11, at + 11 + length) });
    at += 11 + length + 4;
  }
  return tags;
}

function ffmpeg(...args: string[]): Promise<{ failed: boolean; stderr: string }> {
  return new Promise((resolve) => {
    execFile('ffmpeg', ['-hide_banner', '-nostdin', ...args], (error, _stdout, stderr) =>
      resolve({ failed: error !== null, stderr }),
    );
  });
}

test('ffmpeg: every sample of a clip arrives, bit for bit', async () => {
  const ingest = await ours();
  const file = clip();
  const sent = await ffmpeg('-i', file, '-c', 'copy', '-f', 'flv', `rtmp://127.0.0.1:${ingest.port}/live/demo/good`);
  expect(sent.failed).toBe(false);
  await eventually(() => ingest.broadcasts[0]?.ends[0] === 'unpublished', 'the end');
  const [broadcast] = ingest.broadcasts;
  expect(broadcast?.request.app).toBe('live/demo');
  for (const kind of ['audio', 'video']) {
    const want = flvTags(file).filter((one) => one.kind === kind);
    // ffmpeg's muxer may add an end-of-sequence tag of its own at the end.
    const got = broadcast?.packets.filter((one) => one.kind === kind).slice(0, want.length);
    expect(want.length).toBeGreaterThan(200);
    expect(got?.length).toBe(want.length);
    expect(got?.every((one, i) => want[i]?.body.equals(one.payload))).toBe(true);
  }
});

test('ffmpeg shows why it was refused', async () => {
  const ingest = await ours();
  const target = `rtmp://127.0.0.1:${ingest.port}`;
  const refused = await ffmpeg('-i', clip(), '-c', 'copy', '-f', 'flv', `${target}/live/wrong`);
  expect(refused).toMatchObject({
    failed: true,
    stderr: expect.stringContaining('Server error: This stream key is not known.'),
  });
  const elsewhere = await ffmpeg('-i', clip(), '-c', 'copy', '-f', 'flv', `${target}/elsewhere/good`);
  expect(elsewhere).toMatchObject({ failed: true, stderr: expect.stringContaining('Unknown application') });
});

test('ffmpeg shows why it was cut', async () => {
  const ingest = await ours();
  const run = ffmpeg('-re', '-i', clip(), '-c', 'copy', '-f', 'flv', `rtmp://127.0.0.1:${ingest.port}/live/good`);
  await eventually(() => (ingest.broadcasts[0]?.packets.length ?? 0) > 20, 'packets');
  ingest.broadcasts[0]?.request.cut('cut', 'This stream key was revoked.');
  expect((await run).stderr).toContain('This stream key was revoked.');
});
