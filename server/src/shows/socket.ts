import { channelBySlug } from '../channels/service.ts';
import type { Platform } from '../platform/platform.ts';
import type { EventHandlers } from '../platform/sockets.ts';
import { roomOf } from './announce.ts';

/** Rooms that one socket may be in. */
const ROOMS_A_SOCKET = 10;

/** Joining needs no account: a room tells what the public page shows. */
export const showEvents = ({ db }: Pick<Platform, 'db'>): EventHandlers => ({
  async 'room:join'(socket, { channel }) {
    const { slug } = await channelBySlug(db, channel);
    const oldest = [...socket.rooms].filter((room) => room.startsWith('channel:'));
    if (oldest.length >= ROOMS_A_SOCKET && oldest[0]) await socket.leave(oldest[0]);
    await socket.join(roomOf(slug));
  },
  async 'room:leave'(socket, { channel }) {
    await socket.leave(roomOf(channel));
  },
});
