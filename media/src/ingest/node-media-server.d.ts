/** The few members of node-media-server 4.4.3 that we use; it brings no types. */
declare module 'node-media-server/src/protocol/rtmp.js' {
  export default class Rtmp {
    handshakeState: number;
    onOutputCallback: (bytes: Buffer) => void;
    parserData(bytes: Buffer): string | null;
    sendInvokeMessage(
      streamId: number,
      message: { cmd: string; transId: number; cmdObj: unknown; info?: unknown },
    ): void;
    sendStatusMessage(streamId: number, level: 'status' | 'error', code: string, description: string): void;
    sendStreamStatus(event: number, value: number): void;
    sendACK(bytes: number): void;
    sendWindowACK(bytes: number): void;
    setPeerBandwidth(bytes: number, type: number): void;
    setChunkSize(bytes: number): void;
  }
}

declare module 'node-media-server/src/protocol/amf.js' {
  const amf: { amf0DecodeOne(bytes: Buffer): { len: number; value: unknown } | null };
  export default amf;
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log: (message: string, level?: string) => void };
  export default logger;
}
