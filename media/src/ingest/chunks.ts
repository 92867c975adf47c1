/**
 * Puts RTMP's chunks together to messages. node-media-server's own reader is not used: it trusts
 * lengths, chunk sizes and chunk stream ids, and hands out a buffer that it writes again.
 */
import { giveBuffer, takeBuffer } from '../scratch.ts';
import type { IngestLimits } from './limits.ts';
import { MESSAGE, maxMessageBytes, ProtocolError, type RtmpMessage } from './protocol.ts';

/** Message header after the basic header, by chunk format, bytes. */
const HEADER_BYTES = [11, 7, 3, 0] as const;
const EXTENDED = 0xffffff;
const LONGEST_HEADER = 3 + 11 + 4;
const FIRST_CHUNK_SIZE = 128;
/** RTMP asks senders for at least 128; less would only make us work per byte. */
const SMALLEST_CHUNK_SIZE = 128;
/** Longer messages are put together in buffers that are used again, which are larger than needed, bytes. */
const SHARED_FROM_BYTES = 16 * 1024;
const EMPTY = Buffer.alloc(0);

type ChunkStream = {
  /** Timestamp of the newest message, 32 bits. */
  timestamp: number;
  /** Timestamp or delta as last sent; a message without a header of its own repeats it. */
  field: number;
  extended: boolean;
  length: number;
  type: number;
  streamId: number;
  /** A message has begun and is not whole. */
  open: boolean;
  /** What came of it; null before the first byte. May be longer than the message. */
  pieces: Buffer | null;
  filled: number;
};

/** Only those that were taken are given back. */
const giveBack = (pieces: Buffer) => pieces.length >= SHARED_FROM_BYTES && giveBuffer(pieces);

export class ChunkReader {
  /** Ceiling for what unfinished messages may reserve, bytes. The owner raises it once it trusts the peer. */
  maxPendingBytes: number;
  readonly #limits: IngestLimits;
  readonly #deliver: (message: RtmpMessage) => void;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerBytes = 0;
  /** Set while a chunk's payload is being read. */
  #current: ChunkStream | null = null;
  #chunkLeft = 0;
  #chunkSize = FIRST_CHUNK_SIZE;
  #pendingBytes = 0;
  #halted = false;

  constructor(limits: IngestLimits, deliver: (message: RtmpMessage) => void) {
    this.#limits = limits;
    this.#deliver = deliver;
    this.maxPendingBytes = limits.pendingBytesWaiting;
  }

  /** Reads on until the message that called `halt()`; returns how many bytes were used. Throws ProtocolError. */
  push(data: Buffer): number {
    this.#halted = false;
    let at = 0;
    while (at < data.length && !this.#halted) {
      at = this.#current === null ? this.#readHeader(data, at) : this.#readPayload(this.#current, data, at);
    }
    return at;
  }

  /** Called from `deliver`: leaves what follows this message unread. */
  halt(): void {
    this.#halted = true;
  }

  #readHeader(data: Buffer, start: number): number {
    let at = start;
    const header = this.#header;
    while (at < data.length) {
      const wanted = this.#wantedHeaderBytes();
      if (this.#headerBytes < wanted) {
        const take = Math.min(wanted - this.#headerBytes, data.length - at);
        // A loop: for so few bytes a call of `copy` costs more.
        for (let i = 0; i < take; i += 1) header[this.#headerBytes + i] = data[at + i] ?? 0;
        this.#headerBytes += take;
        at += take;
      }
      if (this.#headerBytes < this.#wantedHeaderBytes()) continue;
      this.#beginChunk();
      break;
    }
    return at;
  }

  /** How long the header is, as far as its bytes so far tell. */
  #wantedHeaderBytes(): number {
    if (this.#headerBytes === 0) return 1;
    const fixed = this.#fixedHeaderBytes();
    if (this.#headerBytes < fixed) return fixed;
    if (this.#format() < 3) return this.#timeField() === EXTENDED ? fixed + 4 : fixed;
    return this.#repeatsExtended(fixed) ? Math.min(this.#headerBytes + 1, fixed + 4) : this.#headerBytes;
  }

  /**
   * Do the bytes after a headerless chunk repeat the extended timestamp? By the specification and in ffmpeg they do,
   * in OBS's librtmp they do not; so we look, byte by byte, because the payload may end before four have come.
   */
  #repeatsExtended(fixed: number): boolean {
    const stream = this.#streams.get(this.#chunkStreamId());
    if (!stream?.extended) return false;
    for (let i = fixed; i < this.#headerBytes; i += 1) {
      if (this.#header[i] !== ((stream.field >>> (8 * (3 - (i - fixed)))) & 0xff)) return false;
    }
    return true;
  }

  #format(): number {
    return this.#header.readUInt8(0) >> 6;
  }

  #basicBytes(): number {
    const low = this.#header.readUInt8(0) & 0x3f;
    return low === 0 ? 2 : low === 1 ? 3 : 1;
  }

  #fixedHeaderBytes(): number {
    return this.#basicBytes() + (HEADER_BYTES[this.#format()] ?? 0);
  }

  #chunkStreamId(): number {
    const header = this.#header;
    const basic = this.#basicBytes();
    if (basic === 1) return header.readUInt8(0) & 0x3f;
    return basic === 2 ? 64 + header.readUInt8(1) : 64 + header.readUInt16LE(1);
  }

  #timeField(): number {
    return this.#header.readUIntBE(this.#basicBytes(), 3);
  }

  #beginChunk(): void {
    const format = this.#format();
    const fixed = this.#fixedHeaderBytes();
    const stream = this.#streamOf(this.#chunkStreamId(), format);
    // Bytes that looked like a repeated timestamp and were payload after all.
    const payloadStart =
      format === 3 && !(this.#headerBytes === fixed + 4 && this.#repeatsExtended(fixed)) ? fixed : this.#headerBytes;
    const given =
      payloadStart < this.#headerBytes ? Buffer.from(this.#header.subarray(payloadStart, this.#headerBytes)) : null;
    if (format < 3) this.#takeHeader(stream, format, fixed);
    this.#headerBytes = 0;
    if (!stream.open) this.#beginMessage(stream, format);
    this.#current = stream;
    this.#chunkLeft = Math.min(this.#chunkSize, stream.length - stream.filled);
    if (this.#chunkLeft === 0) this.#endChunk(stream, EMPTY);
    if (given && this.push(given) < given.length) throw new ProtocolError('unexpected_command');
  }

  #streamOf(id: number, format: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known) {
      if (format < 3 && known.open) throw new ProtocolError('header_inside_message');
      return known;
    }
    // librtmp may open a chunk stream with format 1; the missing stream id is then 0.
    if (format > 1) throw new ProtocolError('chunk_without_header');
    if (this.#streams.size >= this.#limits.chunkStreams) throw new ProtocolError('too_many_chunk_streams');
    const stream = {
      timestamp: 0,
      field: 0,
      extended: false,
      length: 0,
      type: 0,
      streamId: 0,
      open: false,
      pieces: null,
      filled: 0,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #takeHeader(stream: ChunkStream, format: number, fixed: number): void {
    const header = this.#header;
    const basic = this.#basicBytes();
    const field = this.#timeField();
    stream.extended = field === EXTENDED;
    stream.field = stream.extended ? header.readUInt32BE(fixed) : field;
    if (format < 2) {
      stream.length = header.readUIntBE(basic + 3, 3);
      stream.type = header.readUInt8(basic + 6);
    }
    if (format === 0) stream.streamId = header.readUInt32LE(basic + 7);
  }

  #beginMessage(stream: ChunkStream, format: number): void {
    if (stream.length > maxMessageBytes(stream.type, this.#limits)) throw new ProtocolError('message_too_large');
    this.#pendingBytes += stream.length;
    if (this.#pendingBytes > this.maxPendingBytes) throw new ProtocolError('too_many_pending_bytes');
    stream.timestamp = format === 0 ? stream.field : (stream.timestamp + stream.field) >>> 0;
    stream.open = true;
    stream.filled = 0;
  }

  #readPayload(stream: ChunkStream, data: Buffer, at: number): number {
    const end = at + Math.min(this.#chunkLeft, data.length - at);
    // Most messages lie in one piece in what was read, and are handed on as they lie there.
    const whole = stream.filled === 0 && end - at === stream.length;
    if (!whole) {
      stream.pieces ??=
        stream.length < SHARED_FROM_BYTES ? Buffer.allocUnsafe(stream.length) : takeBuffer(stream.length);
      data.copy(stream.pieces, stream.filled, at, end);
    }
    stream.filled += end - at;
    this.#chunkLeft -= end - at;
    if (this.#chunkLeft === 0) this.#endChunk(stream, whole ? data.subarray(at, end) : null);
    return end;
  }

  /** `whole`: the message, where it is not in pieces. */
  #endChunk(stream: ChunkStream, whole: Buffer | null): void {
    this.#current = null;
    if (stream.filled < stream.length) return;
    const { pieces, type, streamId, timestamp } = stream;
    const payload = whole ?? pieces?.subarray(0, stream.length) ?? EMPTY;
    this.#close(stream);
    if (type === MESSAGE.setChunkSize) this.#setChunkSize(payload);
    if (type === MESSAGE.abort) this.#abort(payload);
    this.#deliver({ type, streamId, timestamp, payload });
    if (pieces) giveBack(pieces);
  }

  #close(stream: ChunkStream): void {
    this.#pendingBytes -= stream.length;
    stream.open = false;
    stream.pieces = null;
    stream.filled = 0;
  }

  #setChunkSize(payload: Buffer): void {
    if (payload.length < 4) throw new ProtocolError('short_message');
    const size = payload.readInt32BE(0);
    if (size < SMALLEST_CHUNK_SIZE) throw new ProtocolError('chunk_size');
    this.#chunkSize = size;
  }

  #abort(payload: Buffer): void {
    if (payload.length < 4) throw new ProtocolError('short_message');
    const stream = this.#streams.get(payload.readUInt32BE(0));
    if (!stream?.open) return;
    if (stream.pieces) giveBack(stream.pieces);
    this.#close(stream);
  }
}
