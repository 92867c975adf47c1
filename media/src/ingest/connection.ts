/**
 * One RTMP connection, from its first byte to its last. It may publish once, after `authorize` allowed it;
 * whatever else it tries ends it, and it alone.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { MediaPacket, PacketSink, PublishDecision, PublisherEnd, PublishRequest } from '../types.ts';
import { createAcknowledger } from './acknowledge.ts';
import { ChunkReader } from './chunks.ts';
import { createClock } from './clock.ts';
import { createHandshake } from './handshake.ts';
import * as library from './library.ts';
import type { IngestLimits } from './limits.ts';
import { MEDIA_KINDS, MESSAGE, ProtocolError, type ProtocolFault, type RtmpMessage, USER_CONTROL } from './protocol.ts';
import { applicationOf, encoderOf, keyHashOf } from './publish.ts';
import { createRateGate } from './rate.ts';
import { addressOf, type Pulse, readWide } from './wire.ts';

export type IngestLog = {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
};

export type ConnectionOptions = {
  readonly limits: IngestLimits;
  readonly authorize: (request: PublishRequest) => Promise<PublishDecision>;
  readonly log: IngestLog;
  /** The peer broke the protocol or a limit. */
  readonly onFault: (connection: Connection, fault: ProtocolFault) => void;
  /** Resumes the sockets of publishers. */
  readonly pulse: Pulse;
  /** It asked to publish: it waits no longer among those that say nothing. */
  readonly onPublish: (connection: Connection) => void;
  readonly onClose: (connection: Connection) => void;
};

/** `open`: has not asked to publish. `closing`: nothing that still comes is looked at. */
type State = 'open' | 'authorizing' | 'live' | 'closing';

/** Every createStream gets the same: a connection publishes once. */
const ONLY_STREAM = 1;
const MESSAGE_NO_KEY = 'There is no stream key. Copy it from your channel page into the encoder.';
const MESSAGE_AWAY = 'The server cannot check stream keys right now. Please try again in a moment.';
const MESSAGE_APP = 'Unknown application. The server address ends in /live.';

export class Connection {
  readonly id = randomUUID();
  readonly address: string;
  /** Known from the publish command on. */
  keyHash: string | null = null;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: ChunkReader;
  readonly #clock = createClock();
  readonly #controlGate: () => boolean;
  readonly #mediaGate: () => boolean;
  readonly #handshake = createHandshake((bytes) => this.#send(bytes));
  readonly #acks = createAcknowledger((bytes) => this.#send(library.acknowledgement(bytes)));
  #state: State = 'open';
  #bytesIn = 0;
  #app: string | null = null;
  #encoder = '';
  #fcPublish = false;
  #streamId = 0;
  #sink: PacketSink | null = null;
  #end: PublisherEnd = 'gone';
  #timer: NodeJS.Timeout | undefined;
  /** What came behind a publish command, until that is decided. */
  #held: Buffer | null = null;

  /** `accepted` must be paused. */
  constructor(accepted: Socket, options: ConnectionOptions) {
    this.#options = options;
    this.address = addressOf(accepted);
    const socket = readWide(accepted, (data) => this.#onBytes(data));
    this.#socket = socket;
    this.#controlGate = createRateGate(options.limits.controlMessagesPerSecond);
    this.#mediaGate = createRateGate(options.limits.mediaMessagesPerSecond);
    this.#reader = new ChunkReader(options.limits, (message) => this.#take(message));
    socket.on('close', () => {
      this.#finish('gone');
      clearTimeout(this.#timer);
      options.onClose(this);
    });
    // 'close' follows; without a listener an error would end the process.
    socket.on('error', () => undefined);
    // While the key is being checked we do not read: that silence is ours.
    socket.setTimeout(options.limits.idleMs, () => this.#is('authorizing') || this.#finish('timeout'));
    this.#after(options.limits.publishWithinMs, () => this.#finish('timeout'));
    socket.resume();
  }

  /** Ends the connection, with a message that the encoder shows or without a word. Safe to call twice. */
  cut(end: PublisherEnd, message?: string): void {
    this.#finish(end, message === undefined ? undefined : library.publishRefused(this.#streamId, message));
  }

  /** Whatever a peer's bytes make us throw ends that peer's connection and no other. */
  #contain(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof ProtocolError) this.#options.onFault(this, error.fault);
      else this.#options.log.error({ connectionId: this.id, err: error }, 'ingest connection failed');
      this.#finish('protocol_error');
    }
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  /** Returns false where no more is to be read for now. */
  #onBytes(data: Buffer): boolean {
    this.#contain(() => this.#read(data));
    // What still comes to a closing connection is read, to be thrown away.
    if (this.#is('live')) this.#options.pulse.resumeSoon(this.#socket);
    return this.#is('open') || this.#is('closing');
  }

  #read(data: Buffer): void {
    if (this.#state === 'closing') return;
    let at = this.#handshake.done() ? 0 : this.#handshake.push(data);
    if (this.#handshake.done()) at += this.#reader.push(at === 0 ? data : data.subarray(at));
    this.#bytesIn += at;
    // What follows a publish command waits for the decision.
    if (this.#is('authorizing')) this.#held = Buffer.from(data.subarray(at));
    if (this.#is('open') && this.#bytesIn > this.#options.limits.bytesBeforePublish) {
      throw new ProtocolError('too_many_bytes_before_publish');
    }
    if (!this.#is('closing')) this.#acks.arrived(this.#bytesIn);
  }

  #is(state: State): boolean {
    return this.#state === state;
  }

  #send(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#options.limits.unreadReplyBytes) throw new ProtocolError('replies_unread');
  }

  #take(message: RtmpMessage): void {
    if (this.#state === 'closing') return;
    const { type, payload } = message;
    const kind = MEDIA_KINDS[type];
    const inTime = kind ? this.#mediaGate() : this.#controlGate();
    if (!inTime) throw new ProtocolError('too_many_messages');
    if (kind) this.#takeMedia(kind, message);
    else if (type === MESSAGE.command || type === MESSAGE.commandAmf3) this.#takeCommand(message);
    else if (type === MESSAGE.windowAcknowledgementSize) this.#acks.window(payload);
    else if (type === MESSAGE.userControl) this.#takeUserControl(payload);
  }

  #takeMedia(kind: MediaPacket['kind'], { type, timestamp, payload }: RtmpMessage): void {
    if (this.#state !== 'live') return;
    // AMF3 data starts with a byte that says so; encoders put AMF0 behind it.
    const body = type === MESSAGE.dataAmf3 ? payload.subarray(1) : payload;
    if (body.length > 0) this.#sink?.packet({ kind, timestampMs: this.#clock(timestamp), payload: body });
  }

  #takeUserControl(payload: Buffer): void {
    if (payload.length < 6) throw new ProtocolError('short_message');
    if (payload.readUInt16BE(0) === USER_CONTROL.pingRequest) this.#send(library.pingResponse(payload.readUInt32BE(2)));
  }

  #takeCommand(message: RtmpMessage): void {
    const { payload, streamId } = message;
    const command = library.decodeCommand(message.type === MESSAGE.commandAmf3 ? payload.subarray(1) : payload);
    // It may hold the key, and nobody needs it any more.
    payload.fill(0);
    switch (command.name) {
      case 'connect':
        this.#onConnect(command);
        break;
      case 'FCPublish':
        this.#fcPublish = true;
        this.#send(library.result(command.transaction));
        break;
      case 'releaseStream':
      case '_checkbw':
        this.#send(library.result(command.transaction));
        break;
      case 'getStreamLength':
        this.#send(library.result(command.transaction, 0));
        break;
      case 'createStream':
        this.#send(library.result(command.transaction, ONLY_STREAM));
        break;
      case 'publish':
        this.#onPublish(command, streamId);
        break;
      case 'play':
      case 'play2':
        this.#finish('cut', library.playRefused(streamId));
        break;
      case 'FCUnpublish':
      case 'deleteStream':
      case 'closeStream':
        if (this.#state === 'live') this.#finish('unpublished', library.unpublished(this.#streamId));
        break;
    }
  }

  #onConnect({ transaction, args }: library.Command): void {
    if (this.#state !== 'open' || this.#app !== null) throw new ProtocolError('unexpected_command');
    const [about] = args;
    if (typeof about !== 'object' || about === null) throw new ProtocolError('bad_command');
    // The rest of what it says, tcUrl first, is not looked at.
    const app = applicationOf('app' in about ? about.app : undefined);
    if (app === null) {
      this.#finish('cut', library.connectRejected(transaction, MESSAGE_APP));
      return;
    }
    this.#app = app;
    this.#encoder = encoderOf('flashVer' in about ? about.flashVer : undefined);
    this.#send(library.connected(transaction));
  }

  #onPublish({ args }: library.Command, streamId: number): void {
    if (this.#state !== 'open' || this.#app === null) throw new ProtocolError('unexpected_command');
    this.#streamId = streamId;
    this.keyHash = keyHashOf(args[1]);
    if (this.keyHash === null) {
      this.cut('cut', MESSAGE_NO_KEY);
      return;
    }
    this.#state = 'authorizing';
    this.#reader.halt();
    this.#options.onPublish(this);
    this.#after(this.#options.limits.authorizeMs, () => this.cut('timeout', MESSAGE_AWAY));
    void this.#decide({
      connectionId: this.id,
      keyHash: this.keyHash,
      app: this.#app,
      address: this.address,
      encoder: this.#encoder,
      cut: (end, message) => this.cut(end, message),
    });
  }

  async #decide(request: PublishRequest): Promise<void> {
    let decision: PublishDecision;
    try {
      decision = await this.#options.authorize(request);
    } catch (error) {
      this.#options.log.error({ connectionId: this.id, err: error }, 'authorize failed');
      decision = { ok: false, message: MESSAGE_AWAY };
    }
    if (!decision.ok) return this.cut('cut', decision.message);
    this.#sink = decision.sink;
    // It went away, was cut or timed out meanwhile; its sink must hear of that all the same.
    if (this.#state !== 'authorizing') return this.#closeSink(this.#end);
    this.#contain(() => this.#goLive());
  }

  #goLive(): void {
    clearTimeout(this.#timer);
    this.#state = 'live';
    this.#reader.maxPendingBytes = this.#options.limits.pendingBytesLive;
    this.#send(library.publishStarted(this.#streamId, this.#fcPublish));
    this.#options.log.info({ connectionId: this.id, address: this.address }, 'publisher accepted');
    const held = this.#held;
    this.#held = null;
    if (held) this.#read(held);
    this.#socket.resume();
  }

  /** The only way out. Last words, where there are some, are written, and the peer gets a moment to read them. */
  #finish(end: PublisherEnd, lastWords?: Buffer): void {
    if (this.#state === 'closing') return;
    const wasLive = this.#state === 'live';
    this.#state = 'closing';
    this.#end = end;
    clearTimeout(this.#timer);
    if (lastWords && this.#socket.writable) {
      this.#socket.end(lastWords);
      // Unread bytes would turn our close into a reset, and a reset can overtake the last words.
      this.#socket.resume();
      this.#after(this.#options.limits.lingerMs, () => this.#socket.destroy());
    } else {
      this.#socket.destroy();
    }
    if (wasLive) this.#options.log.info({ connectionId: this.id, address: this.address, end }, 'publisher ended');
    this.#closeSink(end);
  }

  #closeSink(end: PublisherEnd): void {
    const sink = this.#sink;
    this.#sink = null;
    try {
      sink?.closed(end);
    } catch (error) {
      this.#options.log.error({ connectionId: this.id, err: error }, 'packet sink failed to close');
    }
  }
}
