/** Waiting until an install has come to rest after a fault. */
import { until } from '../../test/kit/until.ts';
import { askOnce, pause } from './http.ts';
import type { Scene } from './scene.ts';

/** Longest until everything runs again, and until what was under way is done, milliseconds. */
const UP_MS = 45_000;
const REST_MS = 45_000;
/** A lease of a worker that died, and then some. */
const LEASE_MS = 80_000;

const SHOP = '/api/shop?channel=demo';
const SERVICES = ['mariadb', 'redis', 'worker'];

async function isUp(scene: Scene): Promise<boolean> {
  for (const service of SERVICES) scene.tree.main(service);
  const { apiPorts } = scene.install.settings;
  // Each of them: the public address is answered by whichever is there.
  const bases = [scene.url, ...apiPorts.map((port) => `http://127.0.0.1:${port}`)];
  const answers = await Promise.all(bases.map((base) => askOnce(base, { method: 'GET', path: SHOP, visitor: 2 })));
  return answers.every(({ status }) => status === 200);
}

/** What is under way: unfinished refunds, tickets of cancelled shows, deliveries that are due. */
async function underWay(scene: Scene, last: boolean): Promise<number> {
  const [row] = await scene.owner(
    `SELECT (SELECT COUNT(*) FROM payment_return WHERE state = 'wanted')
      + (SELECT COUNT(*) FROM ticket k JOIN live_show s ON s.id = k.showId WHERE s.state = 'cancelled' AND k.state = 'valid')
      + (SELECT COUNT(*) FROM notice_delivery d JOIN notice n ON n.id = d.noticeId
         WHERE d.state = 'pending' AND n.notBefore <= UTC_TIMESTAMP(3)
           AND (? OR d.attempts = 0 OR d.nextAt <= UTC_TIMESTAMP(3))) AS n`,
    [last ? 1 : 0],
  );
  return Number(row?.['n']);
}

/** Returns once nothing is under way, but what a dead worker's leases hold. Throws after a minute and a half. */
export async function settled(scene: Scene): Promise<void> {
  await until(() => isUp(scene), 'everything runs again', UP_MS);
  await scene.standin.quiet(REST_MS);
  await until(async () => (await underWay(scene, false)) === 0, 'nothing is under way', REST_MS);
}

/**
 * The same with nothing left over. `hurry`: the leases of workers that died are over now, instead of within a minute.
 */
export async function atRest(scene: Scene, hurry: boolean): Promise<void> {
  await settled(scene);
  if (hurry)
    await scene.owner("UPDATE notice_delivery SET nextAt = UTC_TIMESTAMP(3) WHERE state = 'pending' AND attempts > 0");
  await until(async () => (await underWay(scene, true)) === 0, 'every notice is delivered', LEASE_MS);
  // Seals follow within two seconds.
  await pause(2000);
}
