/**
 * A crowd of LL-HLS viewers in one process: each has its own grant, two keep-alive connections, asks
 * for the playlist with blocking reload and fetches every part. Started by `viewers.ts`; prints one
 * line of JSON. Lateness is the arrival of a part's last byte minus the time at which it was written
 * to its segment's file, so it holds everything: playlist, waiting, both requests, this process.
 */
import { statSync, watch as watchFiles } from 'node:fs';
import { Agent, get } from 'node:http';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { loadConfig } from '#config/index.ts';
import { cookieNames, signGrant } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import { percentile } from '../lib/stats.ts';
import { firstVariant, type ListedPart, partsAfter, readTail, type Tail } from './playlist.ts';

export type CrowdReport = {
  viewers: number;
  parts: number;
  playlists: number;
  megabytes: number;
  failures: string[];
  p50: number;
  p95: number;
  p99: number;
  most: number;
  loopDelayP99: number;
  cpuShare: number;
};

const RAMP_MS = 5_000;
const SETTLE_MS = 5_000;
const ANSWER_LIMIT_MS = 20_000;
const GRANT_MS = 3_600_000;
const FAILURES_TOLD = 10;
/** The first byte of what is compressed; no playlist begins with it. */
const GZIP_START = 0x1f;

const config = loadConfig();
const [showId = '', count = '0', seconds = '0'] = process.argv.slice(2);
const cookieName = cookieNames(config.installId, config.secure).grant;

let measuring = false;
let running = true;
const seen = { lateness: [] as number[], playlists: 0, bytes: 0, failures: [] as string[] };

/** As they came: a playlist compressed. */
function fetchBytes(agent: Agent, path: string, cookie: string, range = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { cookie, 'accept-encoding': 'gzip', ...(range ? { range } : {}) };
    const options = { host: '127.0.0.1', port: config.httpPort, path, agent, headers, timeout: ANSWER_LIMIT_MS };
    const sent = get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
        if (response.statusCode !== (range ? 206 : 200))
          reject(new Error(`${response.statusCode} ${path.split('?')[0]}`));
        else resolve(body);
      });
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
    sent.once('error', reject);
  });
}

let newest: { body: Buffer; tail: Tail } | null = null;

/** A hundred viewers get the same bytes in one moment; on machines of their own each would read them but once. */
function tailOf(body: Buffer): Tail {
  if (!newest?.body.equals(body)) newest = { body, tail: readTail(unzipped(body)) };
  return newest.tail;
}

const unzipped = (body: Buffer) => (body[0] === GZIP_START ? gunzipSync(body) : body).toString();

/** Sizes that a file was seen to have, and when it was written to that size, Unix milliseconds. */
const growth = new Map<string, { bytes: number; atMs: number }[]>();

/** Notes each time that a segment's file has grown. */
function watchFolder(folder: string): void {
  const watcher = watchFiles(folder, (_event, file) => {
    if (!file?.endsWith('.m4s')) return;
    const { size, mtimeMs } = statSync(join(folder, file), { throwIfNoEntry: false }) ?? {};
    if (!size || !mtimeMs) return;
    const seenSizes = growth.get(file) ?? [];
    growth.set(file, seenSizes);
    if (size > (seenSizes.at(-1)?.bytes ?? 0)) seenSizes.push({ bytes: size, atMs: mtimeMs });
  });
  watcher.unref();
}

/** When the part that ends at `end` was written; null where that was not seen. */
function writtenMs(address: string, end: number): number | null {
  const sizes = growth.get(basename(address.split('?')[0] ?? '')) ?? [];
  return sizes.find(({ bytes }) => bytes >= end)?.atMs ?? null;
}

function grantOf(n: number): string {
  const nowMs = Date.now();
  const grant = { viewer: `bench_${n}`, device: `device_${n}`, show: showId as ShowId, role: 'viewer' as const };
  return signGrant(config.secrets.grantSecret, { ...grant, maxDevices: 2, issuedMs: nowMs, untilMs: nowMs + GRANT_MS });
}

async function fetchPart(agent: Agent, { address, range, end }: ListedPart, cookie: string): Promise<void> {
  const counted = measuring;
  const body = await fetchBytes(agent, address, cookie, range);
  const arrivedMs = Date.now();
  if (!counted) return;
  const madeMs = writtenMs(address, end);
  if (madeMs === null) throw new Error(`nobody saw ${basename(address)} being written`);
  seen.lateness.push(arrivedMs - madeMs);
  seen.bytes += body.length;
}

async function watch(n: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const cookie = `${cookieName}=${grantOf(n)}`;
  const failed = (error: unknown) => {
    // What is under way when the viewer leaves is cut off by the viewer.
    if (running) seen.failures.push(String(error));
  };
  const base = `/hls/${showId}/`;
  const variant = base + firstVariant(unzipped(await fetchBytes(agent, `${base}master.m3u8`, cookie)));
  let tail = tailOf(await fetchBytes(agent, variant, cookie));
  let last = tail.parts.at(-1)?.address ?? '';
  while (running) {
    const { msn, part } = tail.next;
    try {
      tail = tailOf(await fetchBytes(agent, `${variant}&_HLS_msn=${msn}&_HLS_part=${part}`, cookie));
    } catch (error) {
      failed(error);
      await wait(200);
      continue;
    }
    if (measuring) seen.playlists++;
    for (const part of partsAfter(tail, last)) fetchPart(agent, part, cookie).catch(failed);
    last = tail.parts.at(-1)?.address ?? last;
  }
  agent.destroy();
}

watchFolder(join(config.mediaDir, showId, 'source'));
const viewers = Number(count);
const all = Array.from({ length: viewers }, async (_, n) => {
  await wait((n * RAMP_MS) / viewers);
  await watch(n);
});
const crowd = Promise.all(all.map((one) => one.catch((error: unknown) => void seen.failures.push(String(error)))));
await wait(RAMP_MS + SETTLE_MS);
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const cpu = process.cpuUsage();
measuring = true;
await wait(Number(seconds) * 1000);
measuring = false;
running = false;
const used = process.cpuUsage(cpu);
await crowd;
const late = (p: number) => percentile(seen.lateness, p);
const report: CrowdReport = {
  viewers,
  parts: seen.lateness.length,
  playlists: seen.playlists,
  megabytes: Math.round(seen.bytes / 1e6),
  failures: [`${seen.failures.length}`, ...seen.failures.slice(0, FAILURES_TOLD)],
  p50: late(0.5),
  p95: late(0.95),
  p99: late(0.99),
  most: late(1),
  loopDelayP99: delay.percentile(99) / 1e6,
  cpuShare: (used.user + used.system) / 1e6 / Number(seconds),
};
console.log(JSON.stringify(report));
