/** The install that is measured: made by the code of `npm start`, with room for a crowd, and an encoder on it. */
import mysql from 'mysql2/promise';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { currentSession } from '#contract/live-sessions.ts';
import { type Install, startInstall } from '../../test/kit/install.ts';
import { until } from './process.ts';

/** Above the number of simulated viewers; a channel's default is 100. */
const VIEWER_LIMIT = 1000;
const LIVE_LIMIT_MS = 30_000;
const CHANNEL = 'demo';

export type BenchInstall = Install & { readonly slug: string; readonly accessCode: string; readonly streamKey: string };

/** Sets up and starts an install of its own in the temporary folder. `env` as in `.env`. */
export async function startBenchInstall(env: Readonly<Record<string, string>> = {}): Promise<BenchInstall> {
  const install = await startInstall({ name: 'bench', env });
  const { accessCode, streamKey } = install.demo;
  if (!accessCode || !streamKey) {
    await install.stop();
    throw new Error('set-up made no demo key and code');
  }
  const database = await mysql.createConnection(install.secrets.databaseMigrationUrl);
  await database.execute('UPDATE channel SET viewerLimit = ? WHERE slug = ?', [VIEWER_LIMIT, CHANNEL]);
  await database.end();
  return { ...install, slug: CHANNEL, accessCode, streamKey };
}

/** Waits until the channel's show is live and returns its id. */
export function waitForShow(install: BenchInstall): Promise<string> {
  return until('a live show', LIVE_LIMIT_MS, async () => {
    const answer = await fetch(`${install.url}/api/live-sessions/current?channel=${install.slug}`);
    const current = (await answer.json()) as ReplyOf<typeof currentSession>;
    return current.state === 'live' ? current.showId : null;
  });
}

/** Process ids of the running services of one name. */
export async function pidsOf(install: Pick<Install, 'processes'>, name: string): Promise<number[]> {
  const pids = (await install.processes()).filter((one) => one.name === name).map((one) => one.pid ?? 0);
  if (pids.length === 0 || pids.includes(0)) throw new Error(`${name} does not run`);
  return pids;
}
