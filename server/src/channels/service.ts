import type { ChannelSettings } from '#contract/channels.ts';
import { AppError } from '#contract/errors.ts';
import { audit } from '../platform/audit.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { isDuplicate } from '../platform/db.ts';
import type { Caller } from '../platform/http.ts';
import { newId } from '../platform/ids.ts';
import { waysOf } from './rules.ts';
import * as store from './store.ts';

export type { Channel } from './store.ts';

/** Throws channel.not_found. */
export async function channelBySlug(sql: Sql, slug: string): Promise<store.Channel> {
  const channel = await store.bySlug(sql, slug);
  if (!channel) throw new AppError('channel.not_found');
  return channel;
}

/** The channel of a row of ours. Throws channel.not_found. */
export async function channelById(sql: Sql, id: number): Promise<store.Channel> {
  const channel = await store.byId(sql, id);
  if (!channel) throw new AppError('channel.not_found');
  return channel;
}

/** The named channel, or the caller's only one. Throws channel.not_found, channel.choose. */
export async function channelFor(sql: Sql, caller: Caller, slug: string | undefined): Promise<store.Channel> {
  if (slug !== undefined) return channelBySlug(sql, slug);
  const [only, second] = caller.kind === 'user' ? await store.ofOwner(sql, caller.userId) : await store.all(sql);
  if (!only || second) throw new AppError('channel.choose');
  return only;
}

export const findChannel = store.bySlug;
export const channelsOf = store.ofOwner;
export const lockChannel = store.lock;

/** Makes a channel. Throws channel.taken. */
export async function createChannel(
  tx: Tx,
  channel: { slug: string; name: string; ownerId: string },
): Promise<{ id: number }> {
  try {
    const id = await store.insert(tx, { ...channel, publicId: newId('chn') });
    await audit(tx, { kind: 'channel.created', actor: 'cli', subject: channel.slug });
    return { id };
  } catch (error) {
    throw isDuplicate(error) ? new AppError('channel.taken') : error;
  }
}

/** Changes settings; they hold for shows and codes made from then on. */
export async function edit(tx: Tx, channel: store.Channel, changes: store.Edit, actor: string): Promise<store.Channel> {
  await store.update(tx, channel.id, changes);
  await audit(tx, { kind: 'channel.edited', actor, subject: channel.slug, details: { fields: Object.keys(changes) } });
  return channelById(tx, channel.id);
}

/** The creator's share of what is sold from then on, basis points. Only the operator may. */
export async function setSplit(tx: Tx, channel: store.Channel, creatorBps: number, actor: string): Promise<void> {
  await store.setSplit(tx, channel.id, creatorBps);
  const details = { was: channel.creatorBps, creatorBps };
  await audit(tx, { kind: 'channel.split', actor, subject: channel.slug, details });
}

/** A channel as its owner sees it. */
export function settingsOf(channel: store.Channel): ChannelSettings {
  const { id: _id, publicId: _publicId, ownerId: _ownerId, listed, recordShows, publicThumbnail, ...rest } = channel;
  return {
    ...rest,
    listed: listed === 1,
    recordShows: recordShows === 1,
    publicThumbnail: publicThumbnail === 1,
    audience: waysOf(channel.audience),
  };
}
