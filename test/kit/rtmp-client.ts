/** A raw RTMP client: it can speak as OBS, as a phone's encoder, and as somebody who means harm. */
import { connect, type Socket } from 'node:net';

export type Amf = string | number | boolean | null | undefined | { readonly [key: string]: Amf };

function amfName(text: string): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

/** AMF0 of each value, one after another. */
export function amf(...values: readonly Amf[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      if (value === undefined) return Buffer.from([6]);
      if (value === null) return Buffer.from([5]);
      if (typeof value === 'boolean') return Buffer.from([1, value ? 1 : 0]);
      if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), amfName(value)]);
      if (typeof value === 'number') {
        const bytes = Buffer.alloc(9);
        bytes.writeDoubleBE(value, 1);
        return bytes;
      }
      const fields = Object.entries(value).flatMap(([key, one]) => [amfName(key), amf(one)]);
      return Buffer.concat([Buffer.from([3]), ...fields, Buffer.from([0, 0, 9])]);
    }),
  );
}

/** Decodes AMF0 values as servers send them. */
function unamf(bytes: Buffer): Amf[] {
  let at = 0;
  const text = (): string => {
    const length = bytes.readUInt16BE(at);
    at += 2 + length;
    return bytes.toString('utf8', at - length, at);
  };
  const one = (): Amf => {
    const marker = bytes[at++];
    if (marker === 0) {
      at += 8;
      return bytes.readDoubleBE(at - 8);
    }
    if (marker === 1) return bytes[at++] !== 0;
    if (marker === 2) return text();
    if (marker === 5) return null;
    if (marker === 6) return undefined;
    if (marker !== 3) throw new Error(`AMF marker ${marker}`);
    const value: Record<string, Amf> = {};
    for (let key = text(); key !== ''; key = text()) value[key] = one();
    at += 1;
    return value;
  };
  const values: Amf[] = [];
  while (at < bytes.length) values.push(one());
  return values;
}

export type MessageOptions = {
  type: number;
  payload: Buffer;
  /** Absolute for format 0, a delta otherwise. */
  time?: number;
  streamId?: number;
  chunkStream?: number;
  format?: 0 | 1 | 2 | 3;
  chunkSize?: number;
  /** ffmpeg and the specification repeat an extended timestamp on each further chunk, OBS's librtmp does not. */
  repeatExtended?: boolean;
  /** What the header claims, where that is a lie. */
  claimedLength?: number;
};

function basicHeader(format: number, id: number): Buffer {
  if (id < 64) return Buffer.from([(format << 6) | id]);
  if (id < 320) return Buffer.from([format << 6, id - 64]);
  return Buffer.from([(format << 6) | 1, (id - 64) & 0xff, (id - 64) >> 8]);
}

/** The chunks of one message. */
export function message(options: MessageOptions): Buffer {
  const { type, payload, time = 0, streamId = 0, chunkStream = 3, format = 0, chunkSize = 128 } = options;
  const extended = time >= 0xffffff;
  const stamp = Buffer.alloc(4);
  stamp.writeUInt32BE(time);
  const header = Buffer.alloc(11);
  header.writeUIntBE(extended ? 0xffffff : time, 0, 3);
  header.writeUIntBE(options.claimedLength ?? payload.length, 3, 3);
  header[6] = type;
  header.writeUInt32LE(streamId, 7);
  const parts = [basicHeader(format, chunkStream), header.subarray(0, [11, 7, 3, 0][format])];
  if (extended && (format < 3 || options.repeatExtended !== false)) parts.push(stamp);
  for (let at = 0; at < payload.length || at === 0; at += chunkSize) {
    if (at > 0) parts.push(basicHeader(3, chunkStream));
    if (at > 0 && extended && options.repeatExtended !== false) parts.push(stamp);
    parts.push(payload.subarray(at, at + chunkSize));
  }
  return Buffer.concat(parts);
}

export function command(name: string, transaction: number, args: readonly Amf[], extra: Partial<MessageOptions> = {}) {
  return message({ type: 20, payload: amf(name, transaction, ...args), ...extra });
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

type Reply = { type: number; streamId: number; payload: Buffer };

export type RtmpClient = {
  readonly socket: Socket;
  readonly replies: Reply[];
  readonly closed: Promise<void>;
  send(bytes: Buffer): void;
  /** The arguments of the next command of this name (transaction first). Rejects when the connection ends before. */
  answer(name: string): Promise<Amf[]>;
  /** The next onStatus, or the information of `_error`. */
  status(): Promise<{ level: string; code: string; description: string }>;
  /** Resolves at the first message of this type. */
  reply(type: number): Promise<Reply>;
};

export type ConnectOptions = { port: number; host?: string; localAddress?: string; hello?: Buffer };

const DEADLINE_MS = 10_000;

/** Opens a connection and shakes hands, in pieces as TCP may deliver them. */
export async function connectRtmp({
  port,
  host = '127.0.0.1',
  localAddress,
  hello,
}: ConnectOptions): Promise<RtmpClient> {
  const socket = connect({ port, host, ...(localAddress ? { localAddress } : {}) });
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  const replies: Reply[] = [];
  const seen = new Set<Reply>();
  let wake = (): void => undefined;
  let isClosed = false;
  let input = Buffer.alloc(0);
  let handshakeLeft = 1 + 2 * 1536;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isClosed = true;
      resolve();
      wake();
    });
  });
  socket.on('data', (data) => {
    input = Buffer.concat([input, data]);
    const skip = Math.min(handshakeLeft, input.length);
    handshakeLeft -= skip;
    input = input.subarray(skip);
    // Servers answer in messages of one chunk with a full header.
    while (handshakeLeft === 0 && input.length >= 12) {
      const length = input.readUIntBE(4, 3);
      if (input.length < 12 + length) break;
      replies.push({ type: input[7] ?? 0, streamId: input.readUInt32LE(8), payload: input.subarray(12, 12 + length) });
      input = input.subarray(12 + length);
    }
    wake();
  });

  async function until<T>(look: () => T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (isClosed) throw new Error(`closed before ${what}`);
      if (Date.now() > deadline) throw new Error(`no ${what} in time`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  function nextCommand(matches: (name: Amf) => boolean): Amf[] | undefined {
    for (const one of replies) {
      if (one.type !== 20 || seen.has(one)) continue;
      const [name, ...args] = unamf(one.payload);
      if (!matches(name)) continue;
      seen.add(one);
      return args;
    }
    return undefined;
  }

  const first = hello ?? Buffer.concat([Buffer.from([3]), Buffer.alloc(1536, 7)]);
  socket.write(first);
  await until(() => (handshakeLeft === 0 ? true : undefined), 'handshake');
  socket.write(Buffer.alloc(1536, 9));
  return {
    socket,
    replies,
    closed,
    send: (bytes) => void socket.write(bytes),
    answer: (name) => until(() => nextCommand((one) => one === name), name),
    reply: (type) => until(() => replies.find((one) => one.type === type), `message ${type}`),
    status: async () => {
      const args = await until(() => nextCommand((one) => one === 'onStatus' || one === '_error'), 'onStatus');
      return args[2] as { level: string; code: string; description: string };
    },
  };
}

export type PublishAs = { app?: string; key: string; tcUrl?: Amf };

/** Says what OBS 30 (librtmp) says up to the publish command: chunks of 4096, format 1 for follow-up commands. */
export async function publishAsObs(client: RtmpClient, { app = 'live', key, tcUrl }: PublishAs): Promise<void> {
  const about = {
    app,
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
    swfUrl: tcUrl ?? `rtmp://localhost/${app}`,
    tcUrl: tcUrl ?? `rtmp://localhost/${app}`,
  };
  client.send(command('connect', 1, [about]));
  await client.answer('_result');
  const next = { format: 1, chunkSize: 4096 } as const;
  client.send(message({ type: 1, payload: uint32(4096), chunkStream: 2 }));
  client.send(command('releaseStream', 2, [null, key], next));
  client.send(command('FCPublish', 3, [null, key], next));
  client.send(command('createStream', 4, [null], next));
  client.send(command('publish', 5, [null, key, 'live'], { chunkStream: 4, streamId: 1, chunkSize: 4096 }));
}

/** Says what phone encoders of the HaishinKit kind say: full headers, waits for each answer, no librtmp habits. */
export async function publishAsPhone(client: RtmpClient, { app = 'live', key, tcUrl }: PublishAs): Promise<void> {
  const about = {
    app,
    flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
    swfUrl: null,
    tcUrl: tcUrl ?? `rtmp://localhost/${app}`,
    fpad: false,
    capabilities: 239,
    audioCodecs: 1024,
    videoCodecs: 128,
    videoFunction: 1,
    pageUrl: null,
    objectEncoding: 0,
  };
  client.send(command('connect', 1, [about]));
  await client.answer('_result');
  client.send(message({ type: 5, payload: uint32(2_500_000), chunkStream: 2 }));
  client.send(message({ type: 1, payload: uint32(8192), chunkStream: 2 }));
  client.send(command('releaseStream', 2, [null, key], { chunkSize: 8192 }));
  await client.answer('_result');
  client.send(command('FCPublish', 3, [null, key], { chunkSize: 8192 }));
  await client.answer('_result');
  client.send(command('createStream', 4, [null], { chunkSize: 8192 }));
  const [, , streamId] = await client.answer('_result');
  client.send(
    command('publish', 5, [null, key, 'live'], { streamId: Number(streamId), chunkStream: 8, chunkSize: 8192 }),
  );
}
