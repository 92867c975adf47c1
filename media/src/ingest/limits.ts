/** What one peer may cost. Every number is a ceiling; reaching it ends that connection alone. */
export type IngestLimits = {
  /** Open connections. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Connections that do not publish yet; one more drops the oldest of them, so that slow sockets keep nobody out. */
  readonly waitingConnections: number;
  /** Silence on a connection, milliseconds. */
  readonly idleMs: number;
  /** From the first moment to the publish command, milliseconds, however busy the connection is. */
  readonly publishWithinMs: number;
  /** How long `authorize` may take, milliseconds. */
  readonly authorizeMs: number;
  /** How long a peer has to read our last words, milliseconds. */
  readonly lingerMs: number;
  /** Received before the publish command, handshake included, bytes. */
  readonly bytesBeforePublish: number;
  /** Chunk streams of a connection. */
  readonly chunkStreams: number;
  /** Reserved for messages that are not whole yet, bytes a connection; before and after it publishes. */
  readonly pendingBytesWaiting: number;
  readonly pendingBytesLive: number;
  /** Length of one message, bytes. */
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly dataBytes: number;
  readonly commandBytes: number;
  readonly controlBytes: number;
  /** Commands and protocol control messages, per second. */
  readonly controlMessagesPerSecond: number;
  /** Audio, video and data messages, per second; far above real time, so that a clip sent at full speed passes. */
  readonly mediaMessagesPerSecond: number;
  /** Replies that the peer has not read, bytes. */
  readonly unreadReplyBytes: number;
};

const KB = 1024;
const MB = 1024 * KB;

export const DEFAULT_LIMITS: IngestLimits = {
  connections: 1000,
  connectionsPerAddress: 64,
  waitingConnections: 256,
  idleMs: 10_000,
  publishWithinMs: 15_000,
  authorizeMs: 5_000,
  lingerMs: 2_000,
  bytesBeforePublish: 64 * KB,
  chunkStreams: 32,
  pendingBytesWaiting: 64 * KB,
  pendingBytesLive: 8 * MB,
  videoBytes: 4 * MB,
  audioBytes: 256 * KB,
  dataBytes: 64 * KB,
  commandBytes: 16 * KB,
  controlBytes: 64,
  controlMessagesPerSecond: 50,
  mediaMessagesPerSecond: 10_000,
  unreadReplyBytes: 64 * KB,
};
