/** RTMP's handshake, the server's side. */
import { answerHello, HELLO_BYTES, HELLO_END_BYTES } from './library.ts';
import { ProtocolError } from './protocol.ts';

const RTMP_VERSION = 3;

export type Handshake = {
  /** Returns how many bytes belonged to the handshake. Throws ProtocolError at the first byte that is not RTMP. */
  push(data: Buffer): number;
  done(): boolean;
};

/** Collects the client's part and sends ours. */
export function createHandshake(send: (bytes: Buffer) => void): Handshake {
  let hello: Buffer | null = Buffer.allocUnsafe(HELLO_BYTES);
  let left = HELLO_BYTES + HELLO_END_BYTES;

  function takeHello(into: Buffer, data: Buffer): number {
    const have = HELLO_BYTES + HELLO_END_BYTES - left;
    const take = data.copy(into, have, 0, HELLO_BYTES - have);
    if (into[0] !== RTMP_VERSION) throw new ProtocolError('not_rtmp');
    if (have + take === HELLO_BYTES) {
      send(answerHello(into));
      hello = null;
    }
    return take;
  }

  return {
    push(data) {
      const first = hello ? takeHello(hello, data) : 0;
      left -= first;
      const second = hello ? 0 : Math.min(left, data.length - first);
      left -= second;
      return first + second;
    },
    done: () => left === 0,
  };
}
