/** Which process dies at which point, in which order: all of it follows from the seed. */
import { seeded } from '../../test/kit/random.ts';
import type { PointName } from './points.ts';

export type Victim = 'api' | 'worker' | 'redis' | 'redis_emptied' | 'mariadb';
export type Round = { readonly point: PointName; readonly victim: Victim; readonly seed: number };

/** Where a process can be met. `redis_emptied`: FLUSHALL instead of a kill. */
const FITTING: Readonly<Record<PointName, readonly Victim[]>> = {
  ordered: ['api', 'mariadb'],
  answer_lost: ['api', 'mariadb'],
  paid_unheard: ['api', 'mariadb'],
  settling: ['api', 'mariadb'],
  in_transaction: ['api', 'mariadb'],
  committed_unanswered: ['api', 'mariadb'],
  refund_asked: ['api', 'mariadb'],
  mail_sending: ['worker'],
  sweep: ['worker', 'mariadb'],
  redis_between: ['redis', 'redis_emptied'],
  anywhere: ['api', 'worker', 'redis', 'mariadb'],
};

/** `times` rounds of each point and process; `short`: each point once, with a process that the seed chooses. */
export function planOf(seed: number, times: number, short: boolean): Round[] {
  const random = seeded(seed);
  const pairs = Object.entries(FITTING).flatMap(([point, victims]) => {
    const chosen = short ? [random.pick(victims)] : victims;
    return Array.from({ length: short ? 1 : times }, () =>
      chosen.map((victim) => ({ point: point as PointName, victim })),
    ).flat();
  });
  const order = pairs.map((pair) => ({ pair, at: random.next() })).sort((one, other) => one.at - other.at);
  return order.map(({ pair }) => ({ ...pair, seed: Math.floor(random.next() * 2 ** 31) }));
}
