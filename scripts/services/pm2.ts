/** The one door to PM2: a promise for each call, and only this install's daemon (PM2_HOME). */
import type { ServiceApp } from './apps.ts';

/** One process as PM2 reports it. */
export type ProcessState = {
  readonly id: number;
  readonly name: string;
  /** 0 while it is not running. */
  readonly pid: number;
  readonly status: string;
  readonly restarts: number;
  readonly memoryBytes: number;
};

export type Pm2 = {
  list(): Promise<ProcessState[]>;
  start(apps: readonly ServiceApp[]): Promise<void>;
  restart(id: number): Promise<void>;
  remove(name: string): Promise<void>;
  killDaemon(): Promise<void>;
};

type Callback<T> = (error: Error | null, value: T) => void;

function promised<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) =>
      error ? reject(error instanceof Error ? error : new Error(String(error))) : resolve(value),
    );
  });
}

type RawProcess = {
  pm_id?: number;
  name?: string;
  pid?: number;
  monit?: { memory?: number };
  pm2_env?: { status?: string; restart_time?: number };
};

/**
 * Connects to this install's daemon, starting it where none runs, and disconnects afterwards.
 * PM2_HOME must be set before: PM2 reads it once, when it is loaded.
 */
export async function withPm2<T>(work: (pm2: Pm2) => Promise<T>): Promise<T> {
  if (!process.env['PM2_HOME']) throw new Error('PM2_HOME must be set: else the operator’s own PM2 would be used');
  const { default: pm2 } = await import('pm2');
  await promised<void>((done) => pm2.connect((error: Error | null) => done(error, undefined)));
  const door: Pm2 = {
    async list() {
      const raw = await promised<RawProcess[]>((done) => pm2.list(done as Parameters<typeof pm2.list>[0]));
      return raw.map((one) => ({
        id: one.pm_id ?? -1,
        name: one.name ?? '',
        pid: one.pid ?? 0,
        status: one.pm2_env?.status ?? 'unknown',
        restarts: one.pm2_env?.restart_time ?? 0,
        memoryBytes: one.monit?.memory ?? 0,
      }));
    },
    async start(apps) {
      // PM2 changes what it is given, and its types do not know lists of apps.
      const list = { apps: structuredClone(apps) } as unknown as Parameters<typeof pm2.start>[0];
      await promised<unknown>((done) => pm2.start(list, done as never));
    },
    async restart(id) {
      await promised<unknown>((done) => pm2.restart(id, done as never));
    },
    async remove(name) {
      await promised<unknown>((done) => pm2.delete(name, done as never));
    },
    async killDaemon() {
      await promised<unknown>((done) => pm2.killDaemon(done as never));
    },
  };
  try {
    return await work(door);
  } finally {
    pm2.disconnect();
  }
}
