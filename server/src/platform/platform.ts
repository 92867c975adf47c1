import type { Config } from '#config/index.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import type { MediaPort } from './media.ts';
import type { Metrics } from './metrics.ts';
import type { Prisma } from './prisma.ts';
import type { Waker } from './queue.ts';
import type { RedisClient } from './redis.ts';
import type { Sockets } from './sockets.ts';

/** What every feature's edges are given. */
export type Platform = {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly db: Db;
  readonly prisma: Prisma;
  readonly redis: RedisClient;
  readonly media: MediaPort;
  readonly sockets: Sockets;
  /** Wakes who delivers notices; a commit that adds one does so by itself. */
  readonly noticeQueue: Waker;
};
