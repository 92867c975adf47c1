/** What makes a change seen: the HMAC of an entry, the leaf of a transfer, the root and the chain of seals. Pure. */
import { createHash, createHmac } from 'node:crypto';

/** What every entry's HMAC covers of its transfer. */
export type SignedTransfer = {
  readonly publicId: string;
  readonly kind: string;
  readonly at: Date;
  readonly payerId: number;
  readonly payerNumber: number | null;
  readonly payerBalance: bigint | null;
  readonly idempotencyKey: string;
  readonly fingerprint: Buffer;
  readonly reverses: string | null;
  readonly channelId: number | null;
  readonly showId: number | null;
  readonly facts: string;
};

/** What it covers of the line itself. */
export type SignedLine = {
  readonly line: number;
  readonly accountId: number;
  /** `kind:owner:currency`, so that an account cannot be given another owner. */
  readonly account: string;
  readonly amount: bigint;
};

/**
 * Signs the lines of a transfer with HMAC-SHA256. Each covers the transfer, its own line and the number of lines, as
 * one JSON list, so that no two are written alike.
 */
export function makeSigner(key: string, transfer: SignedTransfer, lines: number): (line: SignedLine) => Buffer {
  const shared = JSON.stringify([
    transfer.publicId,
    transfer.kind,
    transfer.at.getTime(),
    transfer.payerId,
    transfer.payerNumber,
    transfer.payerBalance?.toString() ?? null,
    transfer.idempotencyKey,
    transfer.fingerprint.toString('hex'),
    transfer.reverses,
    transfer.channelId,
    transfer.showId,
    transfer.facts,
    lines,
  ]).slice(0, -1);
  return ({ line, accountId, account, amount }) =>
    createHmac('sha256', key)
      .update(`${shared},${line},${accountId},${JSON.stringify(account)},"${amount}"]`)
      .digest();
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The leaf of a transfer: its ids and its entries' HMACs, which cover the rest, in the order of the lines. */
export function leafOf(transferId: number, publicId: string, macs: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(LEAF).update(`${transferId} ${publicId} ${macs.length} `);
  for (const mac of macs) hash.update(mac);
  return hash.digest();
}

/** The Merkle root of leaves that come one by one; memory grows with the logarithm of their number. */
export function makeRoot(): { add(leaf: Buffer): void; readonly count: () => number; root(): Buffer } {
  const join = (left: Buffer, right: Buffer) => createHash('sha256').update(NODE).update(left).update(right).digest();
  // One subtree for each bit of the count, the widest first, as in RFC 6962.
  const trees: Buffer[] = [];
  let count = 0;
  return {
    add(leaf) {
      let tree = leaf;
      for (let bits = count; bits % 2 === 1; bits = Math.floor(bits / 2)) tree = join(trees.pop() as Buffer, tree);
      trees.push(tree);
      count += 1;
    },
    count: () => count,
    root() {
      const whole = trees.reduceRight<Buffer | null>((right, left) => (right ? join(left, right) : left), null);
      return whole ?? createHash('sha256').digest();
    },
  };
}

export type SealBody = {
  readonly id: number;
  readonly at: Date;
  readonly items: number;
  readonly root: Buffer;
  /** Hash of the seal before; 32 zero bytes before the first. */
  readonly previous: Buffer;
  readonly highest: number;
  readonly settled: number;
};

const textOf = (seal: SealBody): string =>
  JSON.stringify([
    seal.id,
    seal.at.getTime(),
    seal.items,
    seal.root.toString('hex'),
    seal.previous.toString('hex'),
    seal.highest,
    seal.settled,
  ]);

/** What the next seal names as the one before it. */
export const hashOfSeal = (seal: SealBody): Buffer => createHash('sha256').update(textOf(seal)).digest();
export const macOfSeal = (key: string, seal: SealBody): Buffer =>
  createHmac('sha256', key).update('seal ').update(textOf(seal)).digest();
