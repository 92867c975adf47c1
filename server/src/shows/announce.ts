import type { Platform } from '../platform/platform.ts';
import type { Show } from './service.ts';
import { stateEvent } from './service.ts';

export const roomOf = (slug: string): string => `channel:${slug}`;
/** Of the channel's creator alone. */
export const ownerRoomOf = (slug: string): string => `owner:${slug}`;

/** Who may hear of a show: of a test stream, its creator only. */
const audienceRoom = ({ slug, test }: Show): string => (test === 1 ? ownerRoomOf(slug) : roomOf(slug));

/** Tells the rooms that shows changed. A message lost does no harm: pages ask again by themselves. */
export function announce({ sockets }: Pick<Platform, 'sockets'>, changed: readonly Show[]): void {
  for (const show of changed) sockets.to(audienceRoom(show)).emit('show:state', stateEvent(show));
}

/** Tells rooms the number of viewers where it is another than the last time. */
export function viewerAnnouncer({ sockets }: Pick<Platform, 'sockets'>): (shows: readonly Show[]) => void {
  let last = new Map<string, number>();
  return (shows) => {
    for (const show of shows) {
      if (last.get(show.publicId) === show.viewers) continue;
      const { channel, showId } = stateEvent(show);
      sockets.to(audienceRoom(show)).emit('show:viewers', { channel, showId, viewers: show.viewers });
    }
    last = new Map(shows.map(({ publicId, viewers }) => [publicId, viewers]));
  };
}
