/** The public list of lives, reduced to what the page shows. */
import type { Current } from './rules.ts';

export type StreamItem = {
  slug: string;
  name: string;
  title: string | null;
  state: Current['state'];
  live: boolean;
  viewers: number;
  startsAt: string | null;
};

type Listed = {
  channel: { slug: string; name: string };
  title: string | null;
  state: Current['state'];
  viewers: number;
  startsAt: string | null;
};

const LIVE = new Set<Current['state']>(['live', 'paused', 'reconnecting']);

/** Live ones first, the fullest on top; then the upcoming ones, the soonest on top. */
export function orderStreams(listed: readonly Listed[]): StreamItem[] {
  const items = listed.map(({ channel, title, state, viewers, startsAt }) => ({
    slug: channel.slug,
    name: channel.name,
    title,
    state,
    live: LIVE.has(state),
    viewers,
    startsAt,
  }));
  const time = (item: StreamItem) => (item.startsAt ? Date.parse(item.startsAt) : Number.POSITIVE_INFINITY);
  return items.sort((a, b) => Number(b.live) - Number(a.live) || (a.live ? b.viewers - a.viewers : time(a) - time(b)));
}

/** Reads the reply of `GET /api/streams`. */
export function readStreams(reply: unknown): StreamItem[] {
  const listed = reply !== null && typeof reply === 'object' && 'streams' in reply ? reply.streams : reply;
  return Array.isArray(listed) ? orderStreams(listed) : [];
}
