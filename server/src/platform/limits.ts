import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '#config/index.ts';
import type { RedisClient } from './redis.ts';

/** Counts things by key. Kept in Redis for all processes; in this process's memory while Redis is away. */
export type Limiter = {
  /** True where the key has used up its points; uses none. */
  isOver(key: string): Promise<boolean>;
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
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${config.redisPrefix}limit:${limit.name}`,
    points,
    duration,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: limit.name, points, duration }),
  });
  return {
    async isOver(key) {
      const used = await limiter.get(key);
      return used !== null && used.consumedPoints >= points;
    },
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
