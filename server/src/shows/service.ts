/** Commands on shows: prepare, end, pause, resume, open, cancel. One transaction each, the channel locked first. */
import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import type { Advice, Light } from '#contract/health.ts';
import type { ShowId } from '#contract/ids.ts';
import type { ShowState, ShowView, Way } from '#contract/live-sessions.ts';
import type { ShowStateEvent } from '#contract/socket-events.ts';
import { audienceText, waysOf } from '../channels/rules.ts';
import type { Channel } from '../channels/service.ts';
import { lockChannel } from '../channels/service.ts';
import type { NewKey } from '../keys/service.ts';
import { createShowKey } from '../keys/service.ts';
import { audit } from '../platform/audit.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import type { Offer, ShowEvent } from './rules.ts';
import { graceIsOver, isRunning, mayShowPicture, offered, step } from './rules.ts';
import * as store from './store.ts';

export type { Show } from './store.ts';

/** What rooms are told of a show. */
export const stateEvent = (show: store.Show): ShowStateEvent => ({
  channel: show.slug,
  state: show.state,
  showId: show.publicId as ShowId,
  version: show.version,
});

/** Moves a show along. Throws show.illegal_transition. */
export const advance = (tx: Tx, show: store.Show, event: ShowEvent, endReason: string | null = null) =>
  store.saveState(tx, show, step(show.state, event, show.test === 1), endReason);

export type Details = {
  readonly title?: string | undefined;
  readonly location?: string | undefined;
  readonly estimatedDuration?: number | undefined;
  readonly viewerLimit?: number | undefined;
  readonly startsAt?: string | undefined;
  readonly type?: Offer['type'] | undefined;
  readonly ticketPrice?: number | undefined;
  readonly audience?: readonly Way[] | undefined;
};

/** Who may watch it, as columns keep it. Throws request.invalid. */
function offerOf(channel: Channel, { type = 'public', ticketPrice, audience }: Details) {
  const offer = offered({ type, ticketPrice, audience }, waysOf(channel.audience));
  return { audience: audienceText(offer.audience), ticketPrice: offer.ticketPrice };
}

/** A show with the channel's settings of this moment. */
export const draft = (config: Config, channel: Channel, details: Details): Omit<store.NewShow, 'state'> => ({
  publicId: newId('shw'),
  channelId: channel.id,
  title: details.title ?? null,
  location: details.location ?? null,
  estimatedMinutes: details.estimatedDuration ?? null,
  goLiveMode: channel.goLiveMode,
  viewerLimit: details.viewerLimit ?? channel.viewerLimit,
  graceSeconds: channel.graceSeconds ?? config.graceSeconds,
  startsAt: details.startsAt ? new Date(details.startsAt) : null,
  test: false,
  ...offerOf(channel, details),
});

/** Plans a show. Without a time it is due now. */
export async function planShow(
  tx: Tx,
  config: Config,
  channel: Channel,
  details: Details,
  actor: string,
): Promise<store.Show> {
  const show = await store.insert(tx, { ...draft(config, channel, details), state: 'scheduled' });
  await audit(tx, { kind: 'show.planned', actor, subject: show.publicId });
  return show;
}

/**
 * Prepares the next show and mints its key. Asked again before an encoder came, it changes the prepared
 * show and its key. Throws show.already_running.
 */
export async function prepareShow(
  tx: Tx,
  config: Config,
  channel: Channel,
  details: Details,
  actor: string,
): Promise<{ show: store.Show; key: NewKey }> {
  await lockChannel(tx, channel.id);
  if (await store.running(tx, channel.id)) throw new AppError('show.already_running');
  const test = await store.waitingTest(tx, channel.id);
  if (test) await advance(tx, test, 'cancelled', 'cancelled');
  const waiting = details.startsAt === undefined ? await store.due(tx, channel.id) : null;
  const audience = details.audience ? audienceText(details.audience) : null;
  if (waiting) await store.updateDetails(tx, waiting.id, draft(config, channel, details), audience);
  const show = waiting ?? (await planShow(tx, config, channel, details, actor));
  const key = await createShowKey(tx, { channelId: channel.id, showId: show.id }, actor);
  return { show, key };
}

const EVENT = { end: 'stopped', pause: 'paused', resume: 'resumed', open: 'opened', cancel: 'cancelled' } as const;
export type Command = keyof typeof EVENT;

async function target(tx: Tx, channelId: number, command: Command, publicId: string | undefined): Promise<store.Show> {
  const show =
    publicId !== undefined
      ? await store.byPublicId(tx, publicId)
      : command === 'cancel'
        ? ((await store.due(tx, channelId)) ?? (await store.waitingTest(tx, channelId)))
        : await store.running(tx, channelId);
  if (!show || show.channelId !== channelId) throw new AppError('show.not_found');
  return show;
}

/** Carries a command out on a show of this channel. Throws show.not_found, show.illegal_transition. */
export async function command(
  tx: Tx,
  channel: { id: number },
  name: Command,
  publicId: string | undefined,
  actor: string,
): Promise<store.Show> {
  await lockChannel(tx, channel.id);
  const show = await target(tx, channel.id, name, publicId);
  const reason =
    name === 'end' ? (actor === 'admin' ? 'by_admin' : 'by_creator') : name === 'cancel' ? 'cancelled' : null;
  const moved = await advance(tx, show, EVENT[name], reason);
  await audit(tx, { kind: `show.${name}`, actor, subject: show.publicId });
  return moved;
}

/** Ends a show whatever it does; a planned one is cancelled. */
export async function terminate(tx: Tx, channel: { id: number }, publicId: string, actor: string): Promise<store.Show> {
  const show = await store.byPublicId(tx, publicId);
  if (!show) throw new AppError('show.not_found');
  return command(tx, channel, show.state === 'scheduled' ? 'cancel' : 'end', publicId, actor);
}

/** Ends the shows whose encoder stayed away for longer than their grace time. Needs the shows locked. */
export async function endLostShows(tx: Tx, shows: readonly store.Show[]): Promise<store.Show[]> {
  const ended: store.Show[] = [];
  for (const show of shows) {
    if (show.state !== 'reconnecting' || !show.reconnectingSince) continue;
    const awayMs = show.now.getTime() - show.reconnectingSince.getTime();
    if (!graceIsOver(awayMs, show.graceSeconds)) continue;
    ended.push(await advance(tx, show, 'grace_expired', 'encoder_gone'));
    await audit(tx, { kind: 'show.grace_over', actor: 'system', subject: show.publicId });
  }
  return ended;
}

/** Cancels a planned show whose time is long past; ends one with tickets that is still not open. Else null. */
export async function cancelStale(tx: Tx, id: number, channelId: number): Promise<store.Show | null> {
  await lockChannel(tx, channelId);
  const show = await store.byId(tx, id);
  if (show?.state === 'scheduled') return advance(tx, show, 'cancelled', 'never_began');
  const isWaiting = show?.ticketPrice != null && show.openedAt === null && isRunning(show.state);
  return show && isWaiting ? advance(tx, show, 'stopped', 'never_began') : null;
}

/** The channel's show that everybody with a right can watch now; null where there is none. */
export async function runningShow(sql: Sql, channelId: number): Promise<store.Show | null> {
  const show = await store.running(sql, channelId);
  return show && show.test === 0 && show.openedAt !== null ? show : null;
}

/** Throws show.not_found. */
export async function showById(sql: Sql, publicId: string): Promise<store.Show> {
  const show = await store.byPublicId(sql, publicId);
  if (!show) throw new AppError('show.not_found');
  return show;
}

type PicturedShow = {
  readonly thumbnail: string | null;
  readonly state: ShowState;
  readonly test: number | boolean;
  readonly openedAt: Date | null;
  readonly now: Date;
};

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** When a reconnecting show ends unless its encoder returns. */
export function reconnectUntil(show: store.Show): string | null {
  if (!show.reconnectingSince) return null;
  return new Date(show.reconnectingSince.getTime() + show.graceSeconds * 1000).toISOString();
}

/**
 * Address of a show's newest picture for somebody, or null. An address whose time is over would only give an error,
 * so it is none.
 */
export function pictureOf(show: PicturedShow, viewer: { hasAccess: boolean; publicPicture: boolean }): string | null {
  const { thumbnail, state, test, openedAt } = show;
  if (!thumbnail || !mayShowPicture({ state, test: Boolean(test), opened: openedAt !== null }, viewer)) return null;
  const expires = Number(new URLSearchParams(thumbnail.split('?')[1]).get('e'));
  return expires * 1000 > show.now.getTime() ? thumbnail : null;
}

/** A show as its owner sees it. */
export const showView = (show: store.Show): ShowView => ({
  showId: show.publicId as ShowId,
  channel: show.slug,
  state: show.state,
  version: show.version,
  title: show.title,
  location: show.location,
  estimatedDuration: show.estimatedMinutes,
  viewerLimit: show.viewerLimit,
  goLiveMode: show.goLiveMode,
  startsAt: iso(show.startsAt),
  startedAt: iso(show.startedAt),
  openedAt: iso(show.openedAt),
  endedAt: iso(show.endedAt),
  endReason: show.endReason,
  reconnectUntil: reconnectUntil(show),
  viewers: isRunning(show.state) ? show.viewers : 0,
  peakViewers: show.peakViewers,
  test: show.test === 1,
  audience: waysOf(show.audience),
  ticketPrice: show.ticketPrice,
  ticketsSold: show.ticketsSold,
  thumbnail: pictureOf(show, { hasAccess: true, publicPicture: true }),
  light: isRunning(show.state) ? (show.ingestLight as Light | null) : null,
  advices: isRunning(show.state) && show.ingestAdvices ? (JSON.parse(show.ingestAdvices) as Advice[]) : [],
  createdAt: show.createdAt.toISOString(),
});
