/** The public list of lives, reduced to what the page shows. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { listStreams } from '#contract/live-sessions.ts';
import { call } from '../api/http.ts';

type Listed = ReplyOf<typeof listStreams>[number];
export type StreamItem = Listed & { live: boolean };

const LIVE = new Set<Listed['state']>(['live', 'paused', 'reconnecting']);

/** Live ones first, the fullest on top; then those to come, the soonest on top. */
export function orderStreams(listed: readonly Listed[]): StreamItem[] {
  const items = listed.map((item) => ({ ...item, live: LIVE.has(item.state) }));
  const time = (item: StreamItem) => (item.startsAt ? Date.parse(item.startsAt) : Number.POSITIVE_INFINITY);
  return items.sort((a, b) => Number(b.live) - Number(a.live) || (a.live ? b.viewers - a.viewers : time(a) - time(b)));
}

/** Loads what runs and what is to come. Throws `ApiError`. */
export async function loadStreams(): Promise<StreamItem[]> {
  const ask = (state: 'live' | 'scheduled') => call<typeof listStreams>('get', '/api/streams', { query: { state } });
  const [running, coming] = await Promise.all([ask('live'), ask('scheduled')]);
  return orderStreams([...running, ...coming]);
}
