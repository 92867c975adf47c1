/** RTMP's acknowledgements: a peer may stop sending where it is not told how much has arrived. */
import { ProtocolError } from './protocol.ts';

const EVERY_BYTES = 2_500_000;
const AT_LEAST_EVERY_BYTES = 64 * 1024;

export type Acknowledger = {
  /** `bytes` have arrived in all. */
  arrived(bytes: number): void;
  /** Takes the peer's Window Acknowledgement Size. Throws ProtocolError. */
  window(payload: Buffer): void;
};

/** `send` is called with the count of bytes that have arrived, whenever it is due. */
export function createAcknowledger(send: (bytes: number) => void): Acknowledger {
  let every = EVERY_BYTES;
  let acknowledged = 0;
  return {
    arrived(bytes) {
      if (bytes - acknowledged < every) return;
      acknowledged = bytes;
      send(bytes);
    },
    window(payload) {
      if (payload.length < 4) throw new ProtocolError('short_message');
      every = Math.min(Math.max(payload.readUInt32BE(0), AT_LEAST_EVERY_BYTES), EVERY_BYTES);
    },
  };
}
