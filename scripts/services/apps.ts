/** The processes of one install, as PM2 wants them described. Caps are chosen to fit 2 GB together. */
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { compileCache } from '../setup/environment.ts';

/** First wait before a restart, milliseconds; PM2 lets it grow to 15 s and resets it after 30 s of health. */
const FIRST_RESTART_WAIT_MS = 100;
/** PM2 must never give up: a database may be away for an hour. */
const RESTARTS_WITHOUT_END = 1_000_000_000;

export type ServiceApp = {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly interpreter: string;
  readonly node_args?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** How long a process may take to end by itself, milliseconds. */
  readonly kill_timeout: number;
  readonly max_memory_restart?: string;
  readonly [option: string]: unknown;
};

/** Folder whose path marks a process as one of this install; it outlives set-up, cleared environments and renames. */
export function runDir(varDir: string, name: string): string {
  return join(varDir, 'run', name);
}

type Draft = Pick<ServiceApp, 'name' | 'script' | 'args' | 'interpreter' | 'kill_timeout'> & Partial<ServiceApp>;

function app(config: Config, draft: Draft): ServiceApp {
  const log = join(config.varDir, 'logs', `${draft.name}.log`);
  return {
    cwd: runDir(config.varDir, draft.name),
    exec_mode: 'fork',
    out_file: log,
    error_file: log,
    merge_logs: true,
    autorestart: true,
    max_restarts: RESTARTS_WITHOUT_END,
    exp_backoff_restart_delay: FIRST_RESTART_WAIT_MS,
    vizion: false,
    pmx: false,
    automation: false,
    ...draft,
    env: { STAGEDOOR_VAR: config.varDir, NODE_ENV: 'production', ...draft.env },
  };
}

type NodeApp = Partial<ServiceApp> & {
  /** Limit of each half of the heap's young part, MB. V8's default lets it grow to where a quiet process holds 30. */
  readonly youngMb?: number;
  /**
   * Size that the heap's old part, buffers included, may reach before it is looked through, MB. Media's live heap is
   * small and its buffers come and go: V8's own start made a full collection every second, a fifth of all its time.
   */
  readonly oldMb?: number;
};

function nodeApp(config: Config, name: string, script: string, heapMb: number, given: NodeApp): ServiceApp {
  const { youngMb, oldMb, ...more } = given;
  const young = youngMb === undefined ? [] : [`--max-semi-space-size=${youngMb}`];
  const old = oldMb === undefined ? [] : [`--initial-old-space-size=${oldMb}`];
  return app(config, {
    name,
    script: join(config.appDir, script),
    args: [],
    interpreter: process.execPath,
    node_args: [`--max-old-space-size=${heapMb}`, ...young, ...old, '--disable-warning=ExperimentalWarning'],
    // Buffers lie outside the heap, so the cap of the whole process is higher.
    max_memory_restart: `${heapMb * 2}M`,
    kill_timeout: 12_000,
    ...more,
    env: { NODE_COMPILE_CACHE: compileCache(config.varDir), ...more.env },
  });
}

/** Database and queue: what the others wait for. Empty where the operator brought their own. */
export function storageApps(config: Config): ServiceApp[] {
  const program = (name: string, script: string, args: readonly string[], killTimeoutMs: number) =>
    app(config, { name, script, args, interpreter: 'none', kill_timeout: killTimeoutMs });
  const { varDir } = config;
  return [
    ...(config.mariadbPort === null
      ? []
      : [program('mariadb', '/usr/sbin/mariadbd', [`--defaults-file=${varDir}/mariadb/my.cnf`], 60_000)]),
    ...(config.redisPort === null
      ? []
      : [program('redis', '/usr/bin/redis-server', [`${varDir}/redis/redis.conf`], 10_000)]),
  ];
}

/** Our own processes and the public server, in the order in which they start. */
export function productApps(config: Config): ServiceApp[] {
  const nginx = config.nginxBinary ?? '/usr/sbin/nginx';
  const shell = (name: string, args: readonly string[]) =>
    app(config, {
      name,
      script: join(config.appDir, `scripts/services/${name}.sh`),
      args,
      interpreter: '/bin/sh',
      kill_timeout: 8_000,
    });
  return [
    nodeApp(config, 'media', 'media/src/main.ts', 256, {
      youngMb: 4,
      oldMb: 40,
      // One heap for all threads: buffers are made in one and freed in another, and their own heaps never shrink.
      env: { MALLOC_ARENA_MAX: '1' },
    }),
    // Without keys of Stripe; it starts before those who ask it.
    ...(config.standinPort === null ? [] : [nodeApp(config, 'standin', 'standin/main.ts', 96, { youngMb: 2 })]),
    ...config.apiPorts.map((port, index) =>
      nodeApp(config, `api-${index + 1}`, 'server/src/main.ts', 192, { args: ['api'], env: { PORT: String(port) } }),
    ),
    nodeApp(config, 'worker', 'server/src/main.ts', 160, { args: ['worker'] }),
    shell('nginx', [nginx, join(config.varDir, 'nginx/nginx.conf'), join(config.varDir, 'logs/nginx-error.log')]),
    shell('logrotate', [join(config.varDir, 'logs')]),
  ];
}

/** All processes, in the order in which they start; they stop in the opposite one. */
export function serviceApps(config: Config): ServiceApp[] {
  return [...storageApps(config), ...productApps(config)];
}
