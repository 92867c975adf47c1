/**
 * Receipts: what a transfer was, signed with ed25519 (RFC 8032) over canonical JSON (keys sorted, as RFC 8785 for our
 * whole numbers and texts). Checked offline with nothing but the published list of keys.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

type Field = string | number | boolean | null;
/** What a receipt says. Amounts are whole units of `currency`; `at` is ISO 8601, UTC. */
export type ReceiptBody = {
  readonly format: 'stagedoor-receipt/1';
  readonly issuer: string;
  readonly transferId: string;
  readonly kind: string;
  readonly at: string;
  readonly party: 'buyer' | 'creator';
  readonly currency: string;
  readonly amount: number;
  readonly [field: string]: Field;
};
export type Receipt = { readonly receipt: ReceiptBody; readonly keyId: string; readonly signature: string };

/** A key as it is published. The first stands by itself; each later one is signed by the one before. */
export type PublishedKey = {
  readonly id: string;
  /** Raw ed25519 public key, base64url. */
  readonly publicKey: string;
  readonly createdAt: string;
  readonly signedBy: string | null;
  readonly signature: string | null;
};
/** What secrets.json keeps: every published key, and the private half (PKCS 8, base64) of the newest. */
export type ReceiptKeys = { readonly keys: readonly PublishedKey[]; readonly privateKey: string };

/** One text for one value: keys sorted, no spaces. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

const RAW_KEY_BYTES = 32;

/** Named by what it is, so that no list can give one key's name to another. */
const keyId = (publicKey: string): string =>
  `rk_${createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 24)}`;

const bytesOf = (domain: string, value: unknown): Buffer => Buffer.from(`${domain}\n${canonical(value)}`);
const RECEIPT = 'stagedoor receipt';
const KEY = 'stagedoor receipt key';

function signWith(privateKey: string, bytes: Buffer): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  return sign(null, bytes, key).toString('base64url');
}

function isSignedBy(publicKey: string, bytes: Buffer, signature: string): boolean {
  const raw = Buffer.from(publicKey, 'base64url');
  if (raw.length !== RAW_KEY_BYTES) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
}

/** Makes a key; where there were keys before, the newest of them vouches for it and is then given up. */
export function addKey(before: ReceiptKeys | null, nowIso: string): ReceiptKeys {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? '';
  const last = before?.keys.at(-1);
  const plain = { id: keyId(publicKey), publicKey, createdAt: nowIso, signedBy: last?.id ?? null };
  const signature = before && last ? signWith(before.privateKey, bytesOf(KEY, plain)) : null;
  return {
    keys: [...(before?.keys ?? []), { ...plain, signature }],
    privateKey: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

/** Signs a receipt with the newest key. The same receipt under the same key has always the same signature. */
export function signReceipt(keys: ReceiptKeys, receipt: ReceiptBody): Receipt {
  const newest = keys.keys.at(-1);
  if (!newest) throw new Error('there is no key for receipts');
  return { receipt, keyId: newest.id, signature: signWith(keys.privateKey, bytesOf(RECEIPT, receipt)) };
}

/**
 * The keys of a list that can be believed: those that are `trusted` by id (of a list that is believed wholly: the
 * first), and each that a believed one has signed. A key under a name that is not its own is none.
 */
export function believed(list: readonly PublishedKey[], trusted: readonly string[]): Map<string, PublishedKey> {
  const known = new Map<string, PublishedKey>();
  for (const key of list) {
    if (keyId(key.publicKey) !== key.id) continue;
    const { signature, ...plain } = key;
    const voucher = key.signedBy === null ? undefined : known.get(key.signedBy);
    const vouched = voucher && signature !== null && isSignedBy(voucher.publicKey, bytesOf(KEY, plain), signature);
    if (trusted.includes(key.id) || vouched) known.set(key.id, key);
  }
  return known;
}

export type Verdict =
  | { readonly good: true; readonly key: PublishedKey }
  | { readonly good: false; readonly why: string };

/** Says whether a receipt was signed by one of these keys. Never throws, whatever it is given. */
export function checkReceipt(given: unknown, keys: ReadonlyMap<string, PublishedKey>): Verdict {
  if (given === null || typeof given !== 'object') return { good: false, why: 'This is not a receipt.' };
  const { receipt, keyId: id, signature } = given as Partial<Receipt>;
  if (typeof receipt !== 'object' || receipt === null || typeof id !== 'string' || typeof signature !== 'string')
    return { good: false, why: 'This is not a receipt.' };
  if (receipt.format !== 'stagedoor-receipt/1') return { good: false, why: 'This is a receipt of another format.' };
  const key = keys.get(id);
  if (!key) return { good: false, why: 'It is signed with a key that is not among the published ones.' };
  if (!isSignedBy(key.publicKey, bytesOf(RECEIPT, receipt), signature))
    return { good: false, why: 'The signature does not fit: the receipt was changed, or another key signed it.' };
  return { good: true, key };
}
