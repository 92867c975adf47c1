import type { IncomingMessage } from 'node:http';
import type { ShowRooms } from '../access/rooms.ts';
import { channelBySlug } from '../channels/service.ts';
import type { Caller } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import type { EventHandlers } from '../platform/sockets.ts';
import { ownerRoomOf, roomOf } from './announce.ts';

/** Channels that one socket may listen to. */
const ROOMS_A_SOCKET = 10;

/**
 * Joining needs no account: a room tells what the public page shows. The channel's creator hears of test
 * streams beside that, and who shows a grant what is said inside the show that it opens.
 */
export const showEvents = (
  { db }: Pick<Platform, 'db'>,
  authenticate: (request: IncomingMessage) => Promise<Caller>,
  rooms: ShowRooms,
): Pick<EventHandlers, 'room:join' | 'room:leave'> => ({
  async 'room:join'(socket, { channel, grant }) {
    const { slug, ownerId } = await channelBySlug(db, channel);
    const oldest = [...socket.rooms].filter((room) => room.startsWith(roomOf('')));
    if (oldest.length >= ROOMS_A_SOCKET && oldest[0]) {
      await socket.leave(oldest[0]);
      const left = oldest[0].slice(roomOf('').length);
      await socket.leave(ownerRoomOf(left));
      rooms.leave(socket, left);
    }
    await socket.join(roomOf(slug));
    const caller = await authenticate(socket.request).catch(() => null);
    if (caller?.kind === 'user' && caller.userId === ownerId) await socket.join(ownerRoomOf(slug));
    if (grant !== undefined) await rooms.enter(socket, slug, grant);
  },
  async 'room:leave'(socket, { channel }) {
    await socket.leave(roomOf(channel));
    await socket.leave(ownerRoomOf(channel));
    rooms.leave(socket, channel);
  },
});
