import { randomBytes } from 'node:crypto';
import { AppError } from '#contract/errors.ts';
import type { KeyId } from '#contract/ids.ts';
import type { StreamKeyView } from '#contract/keys.ts';
import { lockChannel } from '../channels/service.ts';
import { audit } from '../platform/audit.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { base32, newId, sha256Hex } from '../platform/ids.ts';
import * as store from './store.ts';

export type { StreamKey } from './store.ts';

/** Keys of a channel that serve any show; keys of one show come on top. */
const KEYS_A_CHANNEL = 20;
const KEY_BYTES = 20;

export type NewKey = { readonly id: KeyId; readonly label: string; readonly key: string };

async function mint(tx: Tx, key: { channelId: number; showId: number | null; label: string }): Promise<NewKey> {
  const secret = `sk_${base32(randomBytes(KEY_BYTES))}`;
  const publicId = newId('key');
  await store.insert(tx, { ...key, publicId, keyHash: sha256Hex(secret) });
  return { id: publicId as KeyId, label: key.label, key: secret };
}

/** Makes a key; it is returned this once. Throws key.limit. */
export async function createKey(tx: Tx, key: { channelId: number; label: string }, actor: string): Promise<NewKey> {
  // The lock makes counting and adding one step.
  await lockChannel(tx, key.channelId);
  if ((await store.countLasting(tx, key.channelId)) >= KEYS_A_CHANNEL) throw new AppError('key.limit');
  const made = await mint(tx, { ...key, showId: null });
  await audit(tx, { kind: 'key.created', actor, subject: made.id });
  return made;
}

/** Makes the one key of a show, in place of an earlier one. */
export async function createShowKey(
  tx: Tx,
  key: { channelId: number; showId: number },
  actor: string,
): Promise<NewKey> {
  await store.revokeOfShow(tx, key.showId);
  const made = await mint(tx, { ...key, label: 'This show' });
  await audit(tx, { kind: 'key.created', actor, subject: made.id });
  return made;
}

/** Revokes the keys of a show that is to be deleted. */
export const releaseShowKeys = store.releaseOfShow;

/** Throws key.not_found, also for a key that is revoked already. */
export async function liveKey(sql: Sql, publicId: string): Promise<store.StreamKey> {
  const key = await store.byPublicId(sql, publicId);
  if (!key || key.revokedAt) throw new AppError('key.not_found');
  return key;
}

/** Throws key.not_found. Media must be woken after the commit. */
export async function revokeKey(tx: Tx, publicId: string, actor: string): Promise<void> {
  const key = await liveKey(tx, publicId);
  const { touched } = await store.revoke(tx, key.id);
  if (touched === 0) throw new AppError('key.not_found');
  await audit(tx, { kind: 'key.revoked', actor, subject: publicId });
}

/** A new key with the old one's label and scope; the old one is revoked. Throws key.not_found. */
export async function rotateKey(tx: Tx, publicId: string, actor: string): Promise<NewKey> {
  const old = await liveKey(tx, publicId);
  await revokeKey(tx, publicId, actor);
  const made = await mint(tx, { channelId: old.channelId, showId: old.showId, label: old.label });
  await audit(tx, { kind: 'key.rotated', actor, subject: made.id, details: { from: publicId } });
  return made;
}

export const keyByHash = store.byHash;
export const keysOfChannel = store.ofChannel;
export const keyUsed = store.used;

/** A key as its owner sees it. */
export const keyView = (key: store.StreamKey): StreamKeyView => ({
  id: key.publicId as KeyId,
  label: key.label,
  createdAt: key.createdAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  oneShow: key.showId !== null,
});
