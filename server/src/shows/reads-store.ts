/** Ordinary reads for lists and the creator's page, by Prisma. */
import type { RefusalReason } from '#contract/media-port.ts';
import type { Prisma } from '../platform/prisma.ts';

const RECENT = 20;
const LIST = 100;
const RUNNING = ['live', 'paused', 'reconnecting'];

/** Shows of listed channels: those that viewers can be at now, or those to come. */
export async function publicShows(prisma: Prisma, which: 'live' | 'scheduled') {
  const hourAgo = new Date(Date.now() - 3_600_000);
  return prisma.liveShow.findMany({
    where: {
      test: false,
      channel: { listed: true },
      ...(which === 'live'
        ? { state: { in: RUNNING }, openedAt: { not: null } }
        : { state: 'scheduled', startsAt: { gt: hourAgo } }),
    },
    include: { channel: { select: { slug: true, name: true, ownerId: true, publicThumbnail: true } } },
    orderBy: which === 'live' ? { viewers: 'desc' } : { startsAt: 'asc' },
    take: LIST,
  });
}

/** Ids of a channel's shows: those to come, and the newest that are over. */
export async function showIds(prisma: Prisma, channelId: number) {
  const select = { publicId: true } as const;
  const [upcoming, recent] = await Promise.all([
    prisma.liveShow.findMany({
      where: { channelId, state: 'scheduled', test: false },
      orderBy: { startsAt: 'asc' },
      take: RECENT,
      select,
    }),
    prisma.liveShow.findMany({
      where: { channelId, state: { in: ['ended', 'cancelled'] }, test: false },
      orderBy: { id: 'desc' },
      take: RECENT,
      select,
    }),
  ]);
  return { upcoming: upcoming.map(({ publicId }) => publicId), recent: recent.map(({ publicId }) => publicId) };
}

/** Encoders turned away on a channel, newest first, with the label of the key where we had known it. */
export async function refusalsOf(prisma: Prisma, channelId: number) {
  const [refusals, keys] = await Promise.all([
    prisma.ingestRefusal.findMany({ where: { channelId }, orderBy: { at: 'desc' }, take: RECENT }),
    prisma.streamKey.findMany({
      where: { channelId },
      orderBy: { id: 'desc' },
      take: 200,
      select: { keyHash: true, label: true },
    }),
  ]);
  return refusals.map(({ at, reason, address, keyHashPrefix }) => ({
    at: at.toISOString(),
    reason: reason as RefusalReason,
    address,
    keyLabel: keyHashPrefix ? (keys.find(({ keyHash }) => keyHash.startsWith(keyHashPrefix))?.label ?? null) : null,
  }));
}
