import { Redis } from 'ioredis';
import type { Log } from './log.ts';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MAX_MS = 1000;

export type RedisClient = Redis;

/**
 * A client that fails fast: Redis holds nothing that must not be lost, so nobody waits for it.
 * Reconnects for ever by itself.
 */
export function openRedis(url: string, log: Log, options: { subscriber?: boolean } = {}): RedisClient {
  const redis = new Redis(url, {
    lazyConnect: false,
    enableOfflineQueue: options.subscriber === true,
    maxRetriesPerRequest: options.subscriber === true ? null : 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(options.subscriber === true ? {} : { commandTimeout: COMMAND_TIMEOUT_MS }),
    enableAutoPipelining: true,
    retryStrategy: (times) => Math.min(50 * times, RECONNECT_MAX_MS),
  });
  let away = false;
  redis.on('error', (error) => {
    if (!away) log.warn({ err: error }, 'redis is away');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('redis is back');
    away = false;
  });
  return redis;
}
