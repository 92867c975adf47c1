/** What ingest hands on, whatever protocol it came by. */

/** One RTMP audio, video or data message: an FLV tag body. The bytes are the receiver's only until it returns. */
export type MediaPacket = {
  readonly kind: 'audio' | 'video' | 'data';
  /** RTMP timestamp, milliseconds, unwrapped past 2^32 by ingest; not yet on the show's timeline. */
  readonly timestampMs: number;
  readonly payload: Buffer;
};

/** Receives one broadcast's packets, in order, from one accepted publisher. */
export type PacketSink = {
  packet(packet: MediaPacket): void;
  /** Called exactly once; afterwards no packet comes. */
  closed(reason: PublisherEnd): void;
};

export type PublisherEnd = 'gone' | 'timeout' | 'replaced' | 'cut' | 'protocol_error' | 'unpublished';

/** A connection that wants to publish, before it is allowed to send a byte of media. */
export type PublishRequest = {
  readonly connectionId: string;
  /** SHA-256 of the key, hex. The key itself stays in ingest. */
  readonly keyHash: string;
  readonly app: string;
  readonly address: string;
  readonly encoder: string;
  /** Ends this publisher with a message the encoder shows; safe to call twice. */
  cut(end: PublisherEnd, message: string): void;
};

export type PublishDecision =
  | { readonly ok: true; readonly sink: PacketSink }
  | { readonly ok: false; readonly message: string };
