/** Tips: one transaction from the fan's wallet, told to the room after the commit. */
import type { Config } from '#config/index.ts';
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { ShowId, TipId, TransferId } from '#contract/ids.ts';
import type { listTips, sendTip, TipEvent } from '#contract/tips.ts';
import type { Visitor } from '../access/visitor.ts';
import { standingOf } from '../access/visitor.ts';
import { waysOf } from '../channels/rules.ts';
import type { Channel } from '../channels/service.ts';
import { channelById, channelBySlug, channelsOf } from '../channels/service.ts';
import { addNotice } from '../notifications/outbox.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import type { User } from '../platform/http.ts';
import { newId } from '../platform/ids.ts';
import { runningShow, type Show, showById } from '../shows/service.ts';
import { lockWallet, spend } from '../spending/service.ts';
import { commandOnce, money, plans } from '../wallet/service.ts';
import { cleanMessage } from './rules.ts';
import * as store from './store.ts';

/** Tips of one page of the creator's list. */
const PAGE = 50;
/** How far back a page that missed some may ask, minutes, and for how many. */
const RECENT_MINUTES = 10;
const RECENT_TIPS = 100;
/** Characters of a fan's name. */
const NAME_MAX = 80;

type Request = BodyOf<typeof sendTip>;

/** Where a tip goes: a channel, and the show that runs on it or was named. */
export type Target = { readonly channel: Channel; readonly show: Show | null };

async function channelOf(sql: Sql, { toCreatorId, context }: Request, show: Show | null): Promise<Channel> {
  if (show) return channelById(sql, show.channelId);
  if (context.channel !== undefined) return channelBySlug(sql, context.channel);
  if (toCreatorId === undefined) throw new AppError('channel.choose');
  const [only, second] = await channelsOf(sql, toCreatorId);
  if (!only) throw new AppError('channel.not_found');
  if (second) throw new AppError('channel.choose');
  return only;
}

/**
 * Finds whom a tip is for: by the stream, else by the channel, else by the creator's only channel. What is named twice
 * must agree. Throws show.not_found, channel.not_found, channel.choose.
 */
export async function targetOf(sql: Sql, request: Request): Promise<Target> {
  const { toCreatorId, context } = request;
  // There are no calls yet that a tip could be given in.
  if (context.callId !== undefined) throw new AppError('not_found');
  const named = context.streamId === undefined ? null : await showById(sql, context.streamId);
  if (named?.test === 1) throw new AppError('show.not_found');
  const channel = await channelOf(sql, request, named);
  const agrees =
    (context.channel === undefined || context.channel === channel.slug) &&
    (toCreatorId === undefined || toCreatorId === channel.ownerId);
  if (!agrees) throw new AppError('channel.not_found');
  return { channel, show: named ?? (await runningShow(sql, channel.id)) };
}

type Sent = { readonly reply: ReplyOf<typeof sendTip>; readonly event: TipEvent | null };

/**
 * Books a tip. The event is to be told to the room; null where the key was used before, so that nobody hears of it
 * twice. Throws tip.own_channel, wallet.insufficient_funds, wallet.limit_reached, wallet.key_reused.
 */
export function tip(
  db: Db,
  config: Config,
  sent: { readonly user: User; readonly key: string; readonly request: Request; readonly target: Target },
): Promise<Sent> {
  const key = `http:${sent.key}`;
  return commandOnce(db, { payer: money.fan(sent.user.userId), key }, (tx) => book(tx, config, { ...sent, key }));
}

async function book(
  tx: Tx,
  config: Config,
  { user, key, request, target }: { user: User; key: string; request: Request; target: Target },
): Promise<Sent> {
  const { channel, show } = target;
  const { userId } = user;
  if (channel.ownerId === userId) throw new AppError('tip.own_channel');
  const tokens = BigInt(request.amountTokens);
  const shares = money.split(tokens, channel.creatorBps);
  const booked = await spend(tx, config, await lockWallet(tx, userId), {
    kind: 'tip',
    key,
    request,
    tokens,
    plan: () => plans.planTip({ fanId: userId, creatorId: channel.ownerId, tokens, creatorBps: channel.creatorBps }),
    channelId: channel.id,
    showId: show?.id ?? null,
    facts: {
      what: 'tip',
      gross: Number(tokens),
      creator: Number(shares.creator),
      platform: Number(shares.platform),
      bps: channel.creatorBps,
      buyer: userId,
      creatorId: channel.ownerId,
      channel: channel.slug,
      show: show?.publicId ?? null,
    },
  });
  const newBalance = Number(booked.balance ?? 0n);
  if (booked.repeated) {
    const first = await store.byTransfer(tx, booked.transferId);
    if (!first) throw new AppError('wallet.key_reused');
    return { reply: { tipId: first.publicId as TipId, transferId: booked.transferId, newBalance }, event: null };
  }
  const row: store.NewTip = {
    publicId: newId('tip'),
    transferId: booked.transferId,
    channelId: channel.id,
    showId: show?.id ?? null,
    fromUserId: userId,
    fromName: (cleanMessage(user.name) ?? '?').slice(0, NAME_MAX),
    amountTokens: tokens,
    creatorTokens: shares.creator,
    message: cleanMessage(request.message),
    at: booked.at,
  };
  await store.insert(tx, row);
  await addNotice(tx, {
    event: 'tip.received',
    key: row.publicId,
    // In the app alone: a mail for each tip would bury everything else.
    to: { userId: channel.ownerId, email: null, language: 'en' },
    data: { channel: channel.slug, fromName: row.fromName, amountTokens: request.amountTokens, message: row.message },
  });
  const event = eventOf(channel, { ...row, showId: show?.publicId ?? null, amountTokens: request.amountTokens });
  return { reply: { tipId: event.id, transferId: booked.transferId, newBalance }, event };
}

type Shown = Pick<store.Tip, 'publicId' | 'showId' | 'fromName' | 'amountTokens' | 'message' | 'at'>;

const eventOf = ({ slug }: { slug: string }, row: Shown): TipEvent => ({
  id: row.publicId as TipId,
  at: row.at.toISOString(),
  channel: slug,
  showId: row.showId as ShowId | null,
  fromUsername: row.fromName,
  amountTokens: row.amountTokens,
  message: row.message,
});

/** One page of a channel's tips, with what all of them sum to. */
export async function tipsOf(
  sql: Sql,
  channel: Channel,
  question: { readonly showId: ShowId | undefined; readonly before: string | undefined },
): Promise<ReplyOf<typeof listTips>> {
  const about = { channelId: channel.id, showId: question.showId ?? null };
  const [found, totals] = await Promise.all([
    store.page(sql, about, question.before ?? null, PAGE + 1),
    store.totals(sql, about),
  ]);
  const tips = found.slice(0, PAGE).map((row) => ({
    ...eventOf(channel, row),
    transferId: row.transferId as TransferId,
    creatorTokens: row.creatorTokens,
  }));
  return { tips, ...totals, next: found.length > PAGE ? (tips.at(-1)?.id ?? null) : null };
}

/** Of the shows that tips were for: those whose tips a visitor may hear. */
async function openShows(
  sql: Sql,
  { id: channelId, ownerId }: Channel,
  found: readonly store.Tip[],
  visitor: () => Promise<Visitor>,
): Promise<Set<number | null>> {
  const open = new Set<number | null>([null]);
  const shows = new Map(found.map(({ showRow, audience }) => [showRow, waysOf(audience ?? '')] as const));
  for (const [showId, audience] of shows) {
    if (showId === null) continue;
    const isOpen =
      audience.includes('everybody') ||
      (await standingOf(sql, await visitor(), { channelId, ownerId, showId, audience })).best !== null;
    if (isOpen) open.add(showId);
  }
  return open;
}

/** Tips that a page may have missed, oldest first; those of shows that its visitor may not watch left out. */
export async function recentTips(
  sql: Sql,
  channel: Channel,
  since: string | undefined,
  visitor: () => Promise<Visitor>,
): Promise<TipEvent[]> {
  const from = since === undefined ? null : new Date(since);
  const found = await store.recent(sql, channel.id, from, RECENT_MINUTES, RECENT_TIPS);
  const open = await openShows(sql, channel, found, visitor);
  return found.filter(({ showRow }) => open.has(showRow)).map((row) => eventOf(channel, row));
}
