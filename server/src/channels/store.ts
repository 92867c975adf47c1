import type { ChannelSettings } from '#contract/channels.ts';
import type { Sql, Tx, Value } from '../platform/db.ts';
import { audienceText } from './rules.ts';

export type Channel = {
  readonly id: number;
  readonly publicId: string;
  readonly slug: string;
  readonly name: string;
  readonly bio: string;
  readonly listed: number;
  readonly ownerId: string;
  readonly codePrefix: string;
  readonly codeHours: number;
  readonly codeSymbols: number;
  readonly maxDevices: number;
  readonly graceSeconds: number | null;
  readonly goLiveMode: 'auto' | 'manual';
  readonly viewerLimit: number;
  readonly windowSeconds: number | null;
  readonly recordShows: number;
  readonly publicThumbnail: number;
  /** Minor units; null: not sold. */
  readonly codePriceMinor: number | null;
  readonly membershipPriceMinor: number | null;
  readonly creatorBps: number;
  /** Who may watch its shows, as text: see rules.ts. */
  readonly audience: string;
};

const COLUMNS = `id, publicId, slug, name, bio, listed, ownerId, codePrefix, codeHours, codeSymbols, maxDevices,
  graceSeconds, goLiveMode, viewerLimit, windowSeconds, recordShows, publicThumbnail, codePriceMinor, membershipPriceMinor, creatorBps, audience`;

export const bySlug = (sql: Sql, slug: string) =>
  sql.row<Channel>(`SELECT ${COLUMNS} FROM channel WHERE slug = ?`, [slug]);

export const byId = (sql: Sql, id: number) => sql.row<Channel>(`SELECT ${COLUMNS} FROM channel WHERE id = ?`, [id]);

/** Locks the channel: whoever opens or prepares its shows holds this. */
export const lock = (tx: Tx, id: number) =>
  tx.row<Channel>(`SELECT ${COLUMNS} FROM channel WHERE id = ? FOR UPDATE`, [id]);

export const ofOwner = (sql: Sql, ownerId: string) =>
  sql.rows<Channel>(`SELECT ${COLUMNS} FROM channel WHERE ownerId = ? ORDER BY id LIMIT 100`, [ownerId]);

export const all = (sql: Sql) => sql.rows<Channel>(`SELECT ${COLUMNS} FROM channel ORDER BY id LIMIT 2`);

export async function insert(
  tx: Tx,
  channel: { publicId: string; slug: string; name: string; ownerId: string },
): Promise<number> {
  const { insertId } = await tx.run('INSERT INTO channel (publicId, slug, name, ownerId) VALUES (?, ?, ?, ?)', [
    channel.publicId,
    channel.slug,
    channel.name,
    channel.ownerId,
  ]);
  return insertId;
}

const EDITABLE = [
  'name',
  'bio',
  'listed',
  'codePrefix',
  'codeHours',
  'codeSymbols',
  'maxDevices',
  'graceSeconds',
  'goLiveMode',
  'viewerLimit',
  'windowSeconds',
  'recordShows',
  'publicThumbnail',
  'audience',
  'codePriceMinor',
  'membershipPriceMinor',
] as const;
export type Edit = { readonly [K in (typeof EDITABLE)[number]]?: ChannelSettings[K] | undefined };

export async function update(tx: Tx, id: number, edit: Edit): Promise<void> {
  const named = EDITABLE.filter((column) => edit[column] !== undefined);
  if (named.length === 0) return;
  const stored = (value: Edit[keyof Edit]): Value => (Array.isArray(value) ? audienceText(value) : (value ?? null));
  const values = named.map((column) => stored(edit[column]));
  await tx.run(`UPDATE channel SET ${named.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`, [...values, id]);
}

export const setSplit = (tx: Tx, id: number, creatorBps: number) =>
  tx.run('UPDATE channel SET creatorBps = ? WHERE id = ?', [creatorBps, id]);
