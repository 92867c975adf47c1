/** Ends processes without a word, as the kernel does when memory runs out. */
import { Redis } from 'ioredis';
import type { Victim } from './plan.ts';
import type { Stand } from './points.ts';
import type { Scene } from './scene.ts';

async function emptyRedis(scene: Scene): Promise<void> {
  const redis = new Redis(scene.install.secrets.redisUrl, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  await redis.flushall();
  redis.disconnect();
}

/** `kill -9` of the victim, or FLUSHALL. The services that die are found by what Linux says runs below the install's PM2. */
export async function strike(scene: Scene, victim: Victim, stand: Stand): Promise<void> {
  if (victim === 'redis_emptied') return emptyRedis(scene);
  const services = victim === 'api' ? stand.apis : [victim];
  for (const { pid } of services.map((service) => scene.tree.main(service))) process.kill(pid, 'SIGKILL');
}
