import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#config/index.ts';
import type { RedisClient } from './redis.ts';

/** Counts things by key. Kept in Redis for all processes; in this process's memory while Redis is away. */
export type Limiter = {
  /** Where the count of a key is kept, and how many points it has. */
  readonly points: number;
  redisKey(key: string): string;
  /** Points used as far as this process knows by itself. */
  localUse(key: string): Promise<number>;
  /** Uses one point. False where there was none left. */
  use(key: string): Promise<boolean>;
  /** Gives a point back. */
  giveBack(key: string): Promise<void>;
};

/** `points` a key in `seconds`, counted from the key's first use. */
export function makeLimiter(
  config: Config,
  redis: RedisClient,
  limit: { name: string; points: number; seconds: number },
): Limiter {
  const { points, seconds: duration } = limit;
  const local = new RateLimiterMemory({ keyPrefix: limit.name, points, duration });
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${config.redisPrefix}limit:${limit.name}`,
    points,
    duration,
    rejectIfRedisNotReady: true,
    insuranceLimiter: local,
  });
  return {
    points,
    redisKey: (key) => limiter.getKey(key),
    localUse: async (key) => (await local.get(key))?.consumedPoints ?? 0,
    async use(key) {
      try {
        await limiter.consume(key);
        return true;
      } catch (error) {
        if (error instanceof RateLimiterRes) return false;
        throw error;
      }
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
  };
}

/**
 * True where any of the keys has used up its points; uses none. One round trip for all of them, because it
 * stands before every code that is entered, right or wrong.
 */
export async function isAnyOver(redis: RedisClient, keys: readonly (readonly [Limiter, string])[]): Promise<boolean> {
  const counts = await redis
    .mget(keys.map(([limiter, key]) => limiter.redisKey(key)))
    .catch(() => Promise.all(keys.map(([limiter, key]) => limiter.localUse(key))));
  return keys.some(([limiter], index) => Number(counts[index] ?? 0) >= limiter.points);
}
