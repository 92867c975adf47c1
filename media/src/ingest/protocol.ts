/** Names and numbers of RTMP (Adobe's specification 1.0), as far as a publisher needs them. */
import type { MediaPacket } from '../types.ts';
import type { IngestLimits } from './limits.ts';

export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  data: 18,
  command: 20,
} as const;

/** What is handed on as media, by message type. */
export const MEDIA_KINDS: Readonly<Record<number, MediaPacket['kind']>> = {
  [MESSAGE.audio]: 'audio',
  [MESSAGE.video]: 'video',
  [MESSAGE.data]: 'data',
  [MESSAGE.dataAmf3]: 'data',
};

export const USER_CONTROL = { streamBegin: 0, pingRequest: 6, pingResponse: 7 } as const;

/** One whole RTMP message. `payload` is the receiver's only until it returns. */
export type RtmpMessage = {
  readonly type: number;
  readonly streamId: number;
  /** 32 bits, milliseconds, wraps. */
  readonly timestamp: number;
  readonly payload: Buffer;
};

/** What a peer did wrong, for the log. Codes and not sentences, so that none can carry what the peer sent. */
export type ProtocolFault =
  | 'not_rtmp'
  | 'chunk_size'
  | 'chunk_without_header'
  | 'header_inside_message'
  | 'too_many_chunk_streams'
  | 'message_too_large'
  | 'too_many_pending_bytes'
  | 'too_many_bytes_before_publish'
  | 'too_many_messages'
  | 'short_message'
  | 'bad_command'
  | 'unexpected_command'
  | 'replies_unread';

export class ProtocolError extends Error {
  readonly fault: ProtocolFault;

  constructor(fault: ProtocolFault) {
    super(fault);
    this.name = 'ProtocolError';
    this.fault = fault;
  }
}

/** Longest message of a type, bytes. Types that we ignore are held to the size of data. */
export function maxMessageBytes(type: number, limits: IngestLimits): number {
  if (type === MESSAGE.video) return limits.videoBytes;
  if (type === MESSAGE.audio) return limits.audioBytes;
  if (type === MESSAGE.command || type === MESSAGE.commandAmf3) return limits.commandBytes;
  if (type <= MESSAGE.setPeerBandwidth) return limits.controlBytes;
  return limits.dataBytes;
}
