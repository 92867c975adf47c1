/** Requests per second on signed media addresses beside the same files open, on one Nginx. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { signAddress } from '#contract/grant.ts';
import { renderNginx } from '../nginx/main.ts';
import { freePort, removeScratch, scratch, startNginx } from './lib/nginx.ts';
import { needProgram } from './lib/packages.ts';
import { cpuMilliseconds, output, type Running } from './lib/process.ts';
import { type Findings, type Options, type Row, ratio, thousands } from './lib/result.ts';
import { median } from './lib/stats.ts';

const SIZES_KB = [5, 60, 600];
const PAIRS = 7;
/** Length of one half of a pair, seconds. */
const HALF_SECONDS = 5;
/** Few keep-alive connections: the question is what a request costs, not how many sockets fit. */
const CONNECTIONS = 8;
const TARGET = 0.88;
/** How long the signed addresses stay valid, seconds: longer than the whole run. */
const VALID_SECONDS = 3600;
const FOLDER = '/media/shw_bench/source';

/** A configuration as set-up would write it, with nobody behind the upstreams. */
function benchConfig(varDir: string, httpPort: number): Config {
  const secret = () => randomBytes(32).toString('hex');
  return {
    installId: 'bench000',
    appDir: varDir,
    user: null,
    httpPort,
    rtmpPort: 1,
    publicUrl: `http://127.0.0.1:${httpPort}`,
    apiPorts: [1],
    mediaPort: 1,
    mariadbPort: null,
    redisPort: null,
    redisPrefix: 'bench',
    mediaDir: join(varDir, 'media'),
    logLevel: 'warn',
    graceSeconds: 120,
    windowSeconds: 60,
    partMilliseconds: 200,
    ladder: [],
    ladderCores: null,
    ticketedLateMinutes: 60,
    testSeconds: 900,
    recordingDays: 0,
    recordingsDir: join(varDir, 'recordings'),
    thumbnailSeconds: 0,
    lowLatencyViewers: 1000,
    diskFloorPercent: 0,
    currency: 'eur',
    tokenPacks: [],
    tokenPrice: 110,
    payoutRate: 100,
    payoutMinimum: 2000,
    payoutHoldDays: 7,
    plans: [],
    mailFrom: null,
    ageGate: null,
    termsUrl: null,
    timeZone: 'Europe/Bucharest',
    standinPort: null,
    stripeTax: 'none',
    stripeTaxCode: null,
    stripeInvoices: false,
    stripe: { mode: 'standin', apiBase: 'http://127.0.0.1:1', standinInPublic: false },
    varDir,
    secure: false,
    secrets: {
      databaseUrl: '',
      databaseMigrationUrl: '',
      redisUrl: '',
      sessionSecret: secret(),
      grantSecret: secret(),
      addressSecret: secret(),
      codeLookupKey: secret(),
      codeSealKey: secret(),
      ledgerKey: secret(),
      mediaSecret: secret(),
      stripeSecretKey: `sk_test_standin${secret()}`,
      stripeWebhookSecret: `whsec_${secret()}`,
      stripeConnectWebhookSecret: null,
      standinSecret: secret(),
      smtpUrl: null,
      adminApiKey: secret(),
    },
  };
}

/** Our own configuration on loopback with one worker, and beside `/media/` the same location without its gate. */
function withOpenTwin(config: string, port: number): string {
  const gated = /\nlocation \^~ \/media\/ \{[\s\S]*?\n\}/.exec(config)?.[0];
  if (!gated?.includes('secure_link_md5'))
    throw new Error('the gated location is not where it was in nginx/locations.ts');
  const open = gated
    .replace('/media/', '/open/')
    .split('\n')
    .filter((line) => !line.includes('secure_link'))
    .join('\n');
  return config
    .replace(gated, `${gated}${open}`)
    .replace(/listen [^;]*;( listen [^;]*;)?/, `listen 127.0.0.1:${port};`)
    .replace('worker_processes auto;', 'worker_processes 1;\nworker_cpu_affinity 01;');
}

function writeFiles(varDir: string): void {
  mkdirSync(join(varDir, 'logs'));
  mkdirSync(join(varDir, 'run', 'nginx'), { recursive: true });
  for (const kind of ['media', 'open']) {
    const folder = join(varDir, FOLDER.replace('/media', `/${kind}`));
    mkdirSync(folder, { recursive: true });
    for (const size of SIZES_KB) writeFileSync(join(folder, `${size}.m4s`), Buffer.alloc(size * 1000, size));
  }
}

async function requestsPerSecond(url: string, seconds: number): Promise<number> {
  // The second core: wrk must not take from what it measures.
  const text = await output('taskset', ['-c', '1', 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, url]);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk saw errors at ${new URL(url).pathname}: ${text}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
}

/** The only worker's process id: the master's one child. */
async function workerOf(nginx: Running): Promise<number> {
  return Number((await output('pgrep', ['-P', String(nginx.pid)])).trim());
}

type Half = { readonly rate: number; readonly cpuMicroseconds: number; readonly busy: number };

async function half(worker: number, url: string, seconds: number): Promise<Half> {
  const cpuBefore = cpuMilliseconds(worker);
  const from = performance.now();
  const rate = await requestsPerSecond(url, seconds);
  const elapsedMs = performance.now() - from;
  const cpuMs = cpuMilliseconds(worker) - cpuBefore;
  return { rate, cpuMicroseconds: (cpuMs * 1000) / (rate * seconds), busy: cpuMs / elapsedMs };
}

async function measureSize(worker: number, base: string, secret: string, size: number, options: Options): Promise<Row> {
  const seconds = options.quick ? 1 : (options.seconds ?? HALF_SECONDS);
  const path = `${FOLDER}/${size}.m4s`;
  const signed = base + signAddress(secret, path, Math.floor(Date.now() / 1000) + VALID_SECONDS);
  const open = base + path.replace('/media/', '/open/');
  const gated: Half[] = [];
  const bare: Half[] = [];
  const pairs: number[] = [];
  for (let pair = 0; pair < (options.quick ? 2 : PAIRS); pair++) {
    // The order alternates, so that a drift of the machine falls on both alike.
    for (const kind of pair % 2 === 0 ? ['open', 'signed'] : ['signed', 'open']) {
      (kind === 'open' ? bare : gated).push(await half(worker, kind === 'open' ? open : signed, seconds));
    }
    pairs.push((gated.at(-1)?.rate ?? 0) / (bare.at(-1)?.rate ?? 1));
    options.say(`${size} KB, pair ${pair + 1}: signed / open = ${ratio(pairs.at(-1) ?? 0)}`);
  }
  const of = (halves: readonly Half[], key: keyof Half) => median(halves.map((one) => one[key]));
  const describe = (halves: readonly Half[]) =>
    `${thousands(of(halves, 'rate'))}/s (${of(halves, 'cpuMicroseconds').toFixed(1)} µs CPU each, worker ${Math.round(of(halves, 'busy') * 100)} % busy)`;
  return {
    what: `${size} KB`,
    measured: `${ratio(median(pairs))} × (${ratio(Math.min(...pairs))} to ${ratio(Math.max(...pairs))}): ${describe(gated)}`,
    beside: describe(bare),
    target: `≥ ${TARGET} ×`,
    reached: median(pairs) >= TARGET,
  };
}

/** Signed against open, interleaved, at three sizes. */
export async function addresses(options: Options): Promise<Findings> {
  await needProgram('wrk', 'wrk');
  const folder = scratch('addresses');
  const port = await freePort();
  const config = benchConfig(folder, port);
  writeFiles(folder);
  const nginx = await startNginx(folder, withOpenTwin(renderNginx(config, { ipv6: false }), port), port);
  try {
    const worker = await workerOf(nginx);
    const base = `http://127.0.0.1:${port}`;
    const unsigned = await fetch(`${base}${FOLDER}/5.m4s`);
    if (unsigned.status !== 403) throw new Error(`an unsigned address answered ${unsigned.status}: the gate is off`);
    const rows: Row[] = [];
    for (const size of SIZES_KB)
      rows.push(await measureSize(worker, base, config.secrets.addressSecret, size, options));
    return {
      rows,
      notes: [
        `${PAIRS} interleaved pairs of ${options.seconds ?? HALF_SECONDS} s a size; wrk with one thread and ${CONNECTIONS} keep-alive connections on one core, Nginx with one worker on the other.`,
        'The configuration is the one that set-up renders; the open location is a copy of the gated one without its `secure_link` lines. An unsigned request to the gated one was refused first.',
      ],
    };
  } finally {
    await nginx.stop();
    removeScratch(folder);
  }
}
