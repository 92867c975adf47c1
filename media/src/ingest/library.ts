/**
 * The door to node-media-server: its handshake, its AMF and its replies. Its sessions, its chunk reader and
 * its broadcasts stay outside, because they trust what they are sent.
 */
import logger from 'node-media-server/src/core/logger.js';
import amf from 'node-media-server/src/protocol/amf.js';
import Rtmp from 'node-media-server/src/protocol/rtmp.js';
import { ProtocolError, USER_CONTROL } from './protocol.ts';

// It prints to the console what peers sent wrong, as often as they like.
logger.log = () => undefined;

// One for all connections: it keeps no state between the synchronous calls below, and each holds a megabyte.
const rtmp = new Rtmp();
let written: Buffer[] = [];
rtmp.onOutputCallback = (bytes) => {
  written.push(bytes);
};

function output(write: () => void): Buffer {
  written = [];
  write();
  const bytes = Buffer.concat(written);
  written = [];
  return bytes;
}

/** C0 and C1, 1 + 1536 bytes. */
export const HELLO_BYTES = 1537;
/** C2, which nobody needs to read. */
export const HELLO_END_BYTES = 1536;

/** S0, S1 and S2 for C0 and C1; the digest handshake where the client speaks it. */
export function answerHello(hello: Buffer): Buffer {
  rtmp.handshakeState = 0;
  return output(() => rtmp.parserData(hello));
}

export type Command = { readonly name: string; readonly transaction: number; readonly args: readonly unknown[] };

const MOST_VALUES = 16;

/** Decodes an AMF0 command: name, transaction, arguments. Throws ProtocolError. */
export function decodeCommand(payload: Buffer): Command {
  const values: unknown[] = [];
  try {
    for (let rest = payload; rest.length > 0 && values.length < MOST_VALUES; ) {
      const one = amf.amf0DecodeOne(rest);
      if (one === null) break;
      values.push(one.value);
      rest = rest.subarray(one.len);
    }
  } catch {
    // The decoder throws whatever comes; its words may quote the payload and are dropped here.
    throw new ProtocolError('bad_command');
  }
  const [name, transaction, ...args] = values;
  if (typeof name !== 'string') throw new ProtocolError('bad_command');
  return { name, transaction: typeof transaction === 'number' ? transaction : 0, args };
}

const WINDOW_BYTES = 5_000_000;
const OUTGOING_CHUNK_BYTES = 65_535;
const DYNAMIC = 2;

export function connected(transaction: number): Buffer {
  return output(() => {
    greet();
    rtmp.sendInvokeMessage(0, {
      cmd: '_result',
      transId: transaction,
      cmdObj: { fmsVer: 'FMS/3,0,1,123', capabilities: 31 },
      info: {
        level: 'status',
        code: 'NetConnection.Connect.Success',
        description: 'Connection succeeded.',
        objectEncoding: 0,
      },
    });
  });
}

export function connectRejected(transaction: number, description: string): Buffer {
  return output(() => {
    greet();
    rtmp.sendInvokeMessage(0, {
      cmd: '_error',
      transId: transaction,
      cmdObj: null,
      info: { level: 'error', code: 'NetConnection.Connect.Rejected', description },
    });
  });
}

function greet(): void {
  rtmp.sendWindowACK(WINDOW_BYTES);
  rtmp.setPeerBandwidth(WINDOW_BYTES, DYNAMIC);
  rtmp.setChunkSize(OUTGOING_CHUNK_BYTES);
}

/** Answers a call that returns `value`, or nothing. */
export function result(transaction: number, value?: number): Buffer {
  return output(() => rtmp.sendInvokeMessage(0, { cmd: '_result', transId: transaction, cmdObj: null, info: value }));
}

/** `streamId` now takes media. FMLE and its kin wait for the answer to FCPublish, where they sent it. */
export function publishStarted(streamId: number, fcPublish: boolean): Buffer {
  const code = 'NetStream.Publish.Start';
  const description = 'Publishing.';
  return output(() => {
    rtmp.sendStreamStatus(USER_CONTROL.streamBegin, streamId);
    if (fcPublish) {
      rtmp.sendInvokeMessage(0, { cmd: 'onFCPublish', transId: 0, cmdObj: null, info: { code, description } });
    }
    rtmp.sendStatusMessage(streamId, 'status', code, description);
  });
}

export function publishRefused(streamId: number, description: string): Buffer {
  return output(() => rtmp.sendStatusMessage(streamId, 'error', 'NetStream.Publish.BadName', description));
}

export function playRefused(streamId: number): Buffer {
  return output(() =>
    rtmp.sendStatusMessage(streamId, 'error', 'NetStream.Play.Failed', 'Streams cannot be played over RTMP.'),
  );
}

export function unpublished(streamId: number): Buffer {
  return output(() =>
    rtmp.sendStatusMessage(streamId, 'status', 'NetStream.Unpublish.Success', 'No longer publishing.'),
  );
}

export function pingResponse(value: number): Buffer {
  return output(() => rtmp.sendStreamStatus(USER_CONTROL.pingResponse, value));
}

/** `bytes` received so far, of which the low 32 bits count. */
export function acknowledgement(bytes: number): Buffer {
  return output(() => rtmp.sendACK(bytes >>> 0));
}
