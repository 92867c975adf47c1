/** `stagedoor status`: is everything up, and where. */
import type { Config } from '#config/index.ts';
import { serviceApps } from '../services/apps.ts';
import { daemonRuns } from '../services/control.ts';
import { isReady } from '../services/health.ts';
import { type ProcessState, withPm2 } from '../services/pm2.ts';
import { rtmpUrl } from '../setup/summary.ts';
import { table } from './output.ts';

export type Status = {
  readonly ready: boolean;
  readonly url: string;
  readonly rtmpUrl: string;
  readonly processes: ReadonlyArray<{
    /** What it does; both instances of the api are `api`. */
    readonly name: string;
    /** Its own name, for `logs`. */
    readonly service: string;
    readonly pid: number | null;
    readonly status: string;
    readonly restarts: number;
    readonly memoryMb: number;
  }>;
};

/** Reads PM2 and asks every process. */
export async function readStatus(config: Config): Promise<Status> {
  const running = daemonRuns(config.varDir) ? await withPm2((pm2) => pm2.list()) : [];
  const byName = new Map<string, ProcessState>(running.map((one) => [one.name, one]));
  const processes = await Promise.all(
    serviceApps(config).map(async ({ name }) => {
      const one = byName.get(name);
      const online = one?.status === 'online';
      const status = online && !(await isReady(config, name)) ? 'not ready' : (one?.status ?? 'stopped');
      return {
        name: name.replace(/-\d+$/, ''),
        service: name,
        pid: online ? one.pid : null,
        status,
        restarts: one?.restarts ?? 0,
        memoryMb: Math.round((one?.memoryBytes ?? 0) / 1024 / 1024),
      };
    }),
  );
  return {
    ready: processes.every(({ status }) => status === 'online'),
    url: config.publicUrl,
    rtmpUrl: rtmpUrl(config),
    processes,
  };
}

/** The same for people. */
export function statusText(status: Status): string {
  const rows = status.processes.map((one) => [
    one.service,
    one.status,
    one.pid ? String(one.pid) : '-',
    `${one.memoryMb} MB`,
    String(one.restarts),
  ]);
  return [
    status.ready ? 'Ready.' : 'Not ready. "stagedoor logs NAME" and "stagedoor doctor" tell more.',
    `Address  ${status.url}`,
    `RTMP     ${status.rtmpUrl}`,
    '',
    table([['process', 'status', 'pid', 'memory', 'restarts'], ...rows]),
  ].join('\n');
}
