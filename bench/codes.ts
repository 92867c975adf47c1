/** Code validation: what a request costs beside a bare handler, and how long callers wait at a steady rate. */
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';
import { validateCode } from '#contract/access-codes.ts';
import { publish } from '../test/kit/publisher.ts';
import { type Call, closedLoop, makeAgent, openLoop, post } from './codes/load.ts';
import { type BenchInstall, pidsOf, waitForShow } from './lib/bench-install.ts';
import { freePort } from './lib/nginx.ts';
import { cpuMilliseconds, run, until } from './lib/process.ts';
import { type Findings, milliseconds, type Options, type Row, ratio } from './lib/result.ts';
import { median, percentile } from './lib/stats.ts';

/** Enough that a code is used as often in a run as in its eight hours. */
const CODES = 1000;
const PAIRS = 7;
/** Length of one half of a pair, seconds. */
const HALF_SECONDS = 5;
/** Unmeasured stretches of either before the first pair. */
const WARM_HALVES = 3;
const CONNECTIONS = 16;
const TARGET_RATIO = 2.5;
const STEADY_PER_SECOND = 100;
/** Turns of each at the steady rate, and the length of one, seconds. */
const STEADY_TURNS = 6;
const STEADY_SECONDS = 5;
const TARGET_P99_MS = 50;
const START_LIMIT_MS = 10_000;

type Target = { readonly pids: readonly number[]; next(): Call };

/** Each request from an address of its own, as Nginx would name it. */
function address(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

/** Codes that each have entered once on one device: what a reload, a return, a second visit sends. */
async function enteredCodes(install: BenchInstall): Promise<Call[]> {
  const codes = await install.json<{ code: string }[]>([
    ...['code', 'create', '--channel', install.slug, '--count', String(CODES)],
  ]);
  const agent = makeAgent(CONNECTIONS);
  const { publicUrl } = install.settings;
  const apiPort = install.settings.apiPorts[0] ?? 0;
  const calls: Call[] = [];
  for (const [i, { code }] of codes.entries()) {
    const call: Call = {
      port: apiPort,
      path: validateCode.path,
      headers: { origin: publicUrl, host: new URL(publicUrl).host, 'x-real-ip': address(i) },
      body: JSON.stringify({ code, channel: install.slug }),
    };
    const answer = await post(agent, call);
    if (answer.status !== 200 || !JSON.parse(answer.body).grant) throw new Error(`no grant: ${answer.body}`);
    const cookie = answer.cookies.map((line) => line.split(';')[0]).join('; ');
    calls.push({ ...call, headers: { ...call.headers, cookie } });
  }
  agent.destroy();
  return calls;
}

function ours(calls: readonly Call[], pids: readonly number[]): Target {
  let n = 0;
  const next = () => {
    const call = calls[n % calls.length];
    if (!call) throw new Error('no codes');
    return { ...call, headers: { ...call.headers, 'x-real-ip': address(n++) } };
  };
  return { pids, next };
}

async function startBare(install: BenchInstall) {
  const url = install.secrets.databaseMigrationUrl;
  const database = await mysql.createConnection(url);
  await database.query('DROP TABLE IF EXISTS bench_code');
  await database.query(`CREATE TABLE bench_code (id INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(32) NOT NULL UNIQUE,
    expiresAt DATETIME(3) NOT NULL, usageCount INT NOT NULL DEFAULT 0, lastUsedAt DATETIME(3) NULL)`);
  const codes = Array.from({ length: CODES }, (_, i) => `CODE${i}`);
  const rows = codes.map((code) => [code, new Date(Date.now() + 8 * 3_600_000)]);
  await database.query('INSERT INTO bench_code (code, expiresAt) VALUES ?', [rows]);
  const port = await freePort();
  const script = fileURLToPath(new URL('codes/bare.ts', import.meta.url));
  const server = run(process.execPath, [script], {
    env: { ...process.env, NODE_ENV: 'production', BENCH_DATABASE_URL: url, BENCH_PORT: String(port) },
  });
  await until(`the bare handler: ${server.stderr()}`, START_LIMIT_MS, () =>
    fetch(`http://127.0.0.1:${port}/`).catch(() => null),
  );
  let n = 0;
  const next = (): Call => {
    const body = JSON.stringify({ code: codes[n++ % codes.length], channel: install.slug });
    return { port, path: '/validate', headers: { origin: install.settings.publicUrl }, body };
  };
  const stop = async () => {
    await server.stop();
    await database.query('DROP TABLE bench_code');
    await database.end();
  };
  return { target: { pids: [server.pid], next } satisfies Target, stop };
}

type Half = { readonly cpuMs: number; readonly perSecond: number };

async function half(target: Target, seconds: number): Promise<Half> {
  const agent = makeAgent(CONNECTIONS);
  const cpu = () => target.pids.reduce((sum, pid) => sum + cpuMilliseconds(pid), 0);
  const before = cpu();
  const from = performance.now();
  const requests = await closedLoop(agent, CONNECTIONS, seconds, target.next);
  const result = { cpuMs: (cpu() - before) / requests, perSecond: (requests * 1000) / (performance.now() - from) };
  agent.destroy();
  return result;
}

async function compare(product: Target, bare: Target, options: Options): Promise<Row> {
  const seconds = options.quick ? 1 : (options.seconds ?? HALF_SECONDS);
  // A fresh process compiles first.
  for (let i = 0; i < (options.quick ? 1 : WARM_HALVES); i++) {
    await half(product, seconds);
    await half(bare, seconds);
  }
  const pairs: { ours: Half; bare: Half }[] = [];
  for (let pair = 0; pair < (options.quick ? 2 : PAIRS); pair++) {
    const first = pair % 2 === 0 ? await half(bare, seconds) : null;
    const own = await half(product, seconds);
    pairs.push({ ours: own, bare: first ?? (await half(bare, seconds)) });
    const { cpuMs } = own;
    options.say(
      `pair ${pair + 1}: ${milliseconds(cpuMs)} beside ${milliseconds(pairs.at(-1)?.bare.cpuMs ?? 0)} of CPU`,
    );
  }
  const ratios = pairs.map((pair) => pair.ours.cpuMs / pair.bare.cpuMs);
  const describe = (kind: 'ours' | 'bare') =>
    `${milliseconds(median(pairs.map((pair) => pair[kind].cpuMs)))} (${Math.round(median(pairs.map((pair) => pair[kind].perSecond)))}/s)`;
  return {
    what: 'CPU of the api a request',
    measured: `${ratio(median(ratios))} × (${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}): ${describe('ours')}`,
    beside: describe('bare'),
    target: `≤ ${TARGET_RATIO} ×`,
    reached: median(ratios) <= TARGET_RATIO,
  };
}

async function steady(product: Target, bare: Target, options: Options): Promise<Row[]> {
  const own: number[] = [];
  const beside: number[] = [];
  for (let turn = 0; turn < (options.quick ? 1 : STEADY_TURNS); turn++) {
    own.push(...(await openLoop(STEADY_PER_SECOND, STEADY_SECONDS, product.next)));
    beside.push(...(await openLoop(STEADY_PER_SECOND, STEADY_SECONDS, bare.next)));
  }
  const row = (p: number, target: number | null): Row => ({
    what: `answer at ${STEADY_PER_SECOND} requests/s, p${Math.round(p * 100)}`,
    measured: milliseconds(percentile(own, p)),
    beside: milliseconds(percentile(beside, p)),
    target: target === null ? '' : `≤ ${milliseconds(target)}`,
    reached: target === null ? null : percentile(own, p) <= target,
  });
  return [row(0.5, null), row(0.99, TARGET_P99_MS)];
}

/** Validation with limiter, keyed hash, grant and log of uses on, while a show runs. */
export async function codes(options: Options, install: BenchInstall): Promise<Findings> {
  const encoder = publish(install.rtmpUrl, install.streamKey);
  const bare = await startBare(install);
  try {
    await waitForShow(install);
    // One of the two instances, as the bare handler is one; they are listed in the order of their ports.
    const product = ours(await enteredCodes(install), (await pidsOf(install, 'api')).slice(0, 1));
    const waiting = await steady(product, bare.target, options);
    return {
      rows: [await compare(product, bare.target, options), ...waiting],
      notes: [
        `${PAIRS} interleaved pairs of ${options.seconds ?? HALF_SECONDS} s, ${CONNECTIONS} connections; one process each (the product runs two); CPU from /proc, MariaDB and Redis not counted on either side.`,
        `${CODES} codes, each already entered on one device; each request from another address, straight at the api as Nginx would pass it on; a show is open, so each answer signs a grant. The bare handler: Express, JSON body, one SELECT, one UPDATE over mysql2 on the same MariaDB.`,
        `Steady rate: open loop, ${STEADY_TURNS} turns of ${STEADY_SECONDS} s each, timed from when each request was due.`,
      ],
    };
  } finally {
    await encoder.stop();
    await bare.stop();
  }
}
