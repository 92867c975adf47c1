/** RTMP's chunk layer, byte by byte. */
import { describe, expect, test } from 'vitest';
import { ChunkReader } from '../../../media/src/ingest/chunks.ts';
import { createClock } from '../../../media/src/ingest/clock.ts';
import { DEFAULT_LIMITS } from '../../../media/src/ingest/limits.ts';
import type { RtmpMessage } from '../../../media/src/ingest/protocol.ts';
import { message, uint32 } from '../../kit/rtmp-client.ts';

/** Reads `bytes` in pieces of `piece`. */
function read(bytes: Buffer, piece = bytes.length, limits = {}): RtmpMessage[] {
  const found: RtmpMessage[] = [];
  const reader = new ChunkReader({ ...DEFAULT_LIMITS, ...limits }, ({ payload, ...rest }) => {
    found.push({ ...rest, payload: Buffer.from(payload) });
  });
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return found;
}

const body = (length: number, seed = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff));
const summary = (found: readonly RtmpMessage[]) =>
  found.map(({ type, timestamp, payload }) => [type, timestamp, payload.toString('hex')]);

test.each([1, 2, 3, 7, 11, 127, 129, 4096])('messages are the same in pieces of %i bytes', (piece) => {
  const bytes = Buffer.concat([
    message({ type: 9, payload: body(1000), time: 40, chunkStream: 6 }),
    message({ type: 9, payload: body(300, 2), time: 33, chunkStream: 6, format: 1 }),
    message({ type: 9, payload: body(300, 3), time: 34, chunkStream: 6, format: 2 }),
    message({ type: 9, payload: body(300, 4), chunkStream: 6, format: 3 }),
    message({ type: 8, payload: Buffer.alloc(0), time: 5, chunkStream: 4 }),
    message({ type: 9, payload: body(700, 5), time: 0x1000000, chunkStream: 100 }),
    message({ type: 9, payload: body(700, 6), time: 0x1000000, chunkStream: 1000, repeatExtended: false }),
  ]);
  const found = read(bytes, piece);
  expect(found.map((one) => one.timestamp)).toEqual([40, 73, 107, 141, 5, 0x1000000, 0x1000000]);
  expect(summary(found)).toEqual(summary(read(bytes)));
  expect(found[3]?.payload.equals(body(300, 4))).toBe(true);
});

describe.each([true, false])('extended timestamps, repeated on further chunks: %s', (repeatExtended) => {
  // Payload that ends within the four bytes that could be a timestamp, and one that starts like the timestamp.
  test.each([129, 130, 131, 132, 133, 256, 257, 1000])('a message of %i bytes', (length) => {
    for (const time of [0xffffff, 0x1020304, 0xffffffff]) {
      const payload = body(length);
      payload.writeUInt16BE(time >>> 16, 127 > length - 2 ? 0 : 127);
      const one = message({ type: 9, payload, time, chunkStream: 6, repeatExtended });
      const next = message({ type: 8, payload: body(20), time: 7, chunkStream: 4 });
      for (const piece of [1, 5, 5000]) {
        const found = read(Buffer.concat([one, next]), piece);
        expect(summary(found)).toEqual([
          [9, time, payload.toString('hex')],
          [8, 7, body(20).toString('hex')],
        ]);
      }
    }
  });
});

test('a delta past 2^32 wraps instead of losing the message', () => {
  const bytes = Buffer.concat([
    message({ type: 9, payload: body(10), time: 0xfffffff0, chunkStream: 6 }),
    message({ type: 9, payload: body(10), time: 0x20, chunkStream: 6, format: 1 }),
  ]);
  const found = read(bytes);
  expect(found.map((one) => one.timestamp)).toEqual([0xfffffff0, 0x10]);
  const clock = createClock();
  expect(found.map((one) => clock(one.timestamp))).toEqual([0xfffffff0, 0x100000010]);
});

test('the clock takes small steps back as such, also across the wrap', () => {
  const clock = createClock();
  expect([1000, 990, 1010].map(clock)).toEqual([1000, 990, 1010]);
  const late = createClock();
  expect([0xffffffff, 5, 0xfffffffe, 9].map(late)).toEqual([0xffffffff, 0x100000005, 0xfffffffe, 0x100000009]);
});

test('interleaved messages on chunk streams of three bytes, which the plain library mixes up', () => {
  // 64 + 1 + 256 * 2 and 64 + 2 + 256 * 1: one id where the bytes are added before the shift.
  const [a, b] = [577, 322].map((chunkStream, i) => message({ type: 9, payload: body(200, i), chunkStream }));
  if (!a || !b) throw new Error('unreachable');
  const split = 3 + 11 + 128;
  const found = read(Buffer.concat([a.subarray(0, split), b.subarray(0, split), a.subarray(split), b.subarray(split)]));
  expect(summary(found)).toEqual([
    [9, 0, body(200, 0).toString('hex')],
    [9, 0, body(200, 1).toString('hex')],
  ]);
});

test('a chunk size that changes inside a message counts from the next chunk on', () => {
  const start = message({ type: 9, payload: body(1000), chunkStream: 6 }).subarray(0, 12 + 128);
  const size = message({ type: 1, payload: uint32(512), chunkStream: 2 });
  const rest = body(1000).subarray(128);
  const bytes = [start, size, Buffer.from([0xc6]), rest.subarray(0, 512), Buffer.from([0xc6]), rest.subarray(512)];
  expect(read(Buffer.concat(bytes))[1]?.payload.equals(body(1000))).toBe(true);
});

test('an aborted message is forgotten and its bytes are given back', () => {
  const half = message({ type: 9, payload: body(60_000), chunkStream: 6 }).subarray(0, 12 + 128);
  const abort = message({ type: 2, payload: uint32(6), chunkStream: 2 });
  const whole = message({ type: 9, payload: body(60_000, 9), chunkStream: 6 });
  const found = read(Buffer.concat([half, abort, half, abort, whole]));
  expect(found.map((one) => one.type)).toEqual([2, 2, 9]);
  expect(found[2]?.payload.equals(body(60_000, 9))).toBe(true);
});

test('librtmp may open a chunk stream with format 1', () => {
  const found = read(message({ type: 3, payload: uint32(9), chunkStream: 2, format: 1 }));
  expect(summary(found)).toEqual([[3, 0, '00000009']]);
});

test('each message has a buffer of its own', () => {
  const two = [1, 2].map((seed) => message({ type: 9, payload: body(50, seed), chunkStream: 6 }));
  const [first, second] = read(Buffer.concat(two));
  second?.payload.fill(0);
  expect(first?.payload.equals(body(50, 1))).toBe(true);
});

const claim = (type: number, claimedLength: number, chunkStream = 6) =>
  message({ type, payload: Buffer.alloc(1), claimedLength, chunkStream });
const BROKEN: [string, Buffer][] = [
  ['chunk_size', message({ type: 1, payload: uint32(0) })],
  ['chunk_size', message({ type: 1, payload: uint32(0x80000000) })],
  ['chunk_size', message({ type: 1, payload: uint32(1) })],
  ['short_message', message({ type: 1, payload: Buffer.alloc(3) })],
  ['short_message', message({ type: 2, payload: Buffer.alloc(0) })],
  ['chunk_without_header', Buffer.from([0xc6, 1, 2, 3])],
  ['chunk_without_header', Buffer.from([0x86, 1, 2, 3])],
  ['header_inside_message', Buffer.concat([claim(9, 1000).subarray(0, 12), Buffer.alloc(128), claim(9, 1000)])],
  ['message_too_large', claim(9, DEFAULT_LIMITS.videoBytes + 1)],
  ['message_too_large', claim(8, DEFAULT_LIMITS.audioBytes + 1)],
  ['message_too_large', claim(20, DEFAULT_LIMITS.commandBytes + 1)],
  ['message_too_large', claim(18, DEFAULT_LIMITS.dataBytes + 1)],
  ['message_too_large', claim(4, DEFAULT_LIMITS.controlBytes + 1)],
  ['message_too_large', claim(99, DEFAULT_LIMITS.dataBytes + 1)],
  ['too_many_pending_bytes', claim(9, DEFAULT_LIMITS.pendingBytesWaiting + 1)],
  [
    'too_many_chunk_streams',
    Buffer.concat(Array.from({ length: 33 }, (_, i) => message({ type: 9, payload: body(1), chunkStream: i + 3 }))),
  ],
];

test.each(BROKEN)('%s', (fault, bytes) => {
  expect(() => read(bytes)).toThrow(fault);
});
