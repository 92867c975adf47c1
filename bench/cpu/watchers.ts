/**
 * Light viewers, one a stream, in a process of their own. `low`: blocking playlist reload and every part, with delta
 * updates where they are offered, as hls.js does. `plain`: the playlist every two seconds and every segment.
 * Started by `watch.ts`; on SIGTERM prints one line of JSON.
 */
import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { firstVariant, partsAfter, readTail } from '../viewers/playlist.ts';
import type { WatchOrder, WatchReport } from './watch.ts';

const ANSWER_LIMIT_MS = 20_000;
const PLAIN_RELOAD_MS = 2000;
const RETRY_MS = 300;
const FAILURES_TOLD = 5;

const order = JSON.parse(process.env['BENCH_WATCH'] ?? '') as WatchOrder;
const seen = { playlists: 0, files: 0, bytes: 0, failures: [] as string[] };
let running = true;

function fetchBytes(agent: Agent, path: string, cookie: string, range = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': 'gzip', ...(cookie ? { cookie } : {}), ...(range ? { range } : {}) };
    const options = { host: '127.0.0.1', port: order.port, path, agent, headers, timeout: ANSWER_LIMIT_MS };
    const sent = get(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode !== (range ? 206 : 200))
          reject(new Error(`${response.statusCode} ${path.split('?')[0]}`));
        else resolve(response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      });
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
    sent.once('error', reject);
  });
}

const failed = (error: unknown) => {
  // What is under way when the viewer leaves is cut off by the viewer.
  if (running) seen.failures.push(String(error));
};

async function fetchFile(agent: Agent, path: string, cookie: string, range = ''): Promise<void> {
  const body = await fetchBytes(agent, path, cookie, range);
  seen.files += 1;
  seen.bytes += body.length;
}

async function text(agent: Agent, path: string, cookie: string): Promise<string> {
  const body = await fetchBytes(agent, path, cookie);
  seen.playlists += 1;
  return body.toString();
}

async function watchLow({ path, cookie }: WatchOrder['streams'][number]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const variant = folder + firstVariant(await text(agent, path, cookie));
  let playlist = await text(agent, variant, cookie);
  let tail = readTail(playlist);
  const skip = playlist.includes('CAN-SKIP-UNTIL=') ? '&_HLS_skip=YES' : '';
  let last = tail.parts.at(-1)?.address ?? '';
  while (running) {
    const { msn, part } = tail.next;
    try {
      playlist = await text(agent, `${variant}&_HLS_msn=${msn}&_HLS_part=${part}${skip}`, cookie);
      tail = readTail(playlist);
    } catch (error) {
      failed(error);
      await wait(RETRY_MS);
      continue;
    }
    for (const { address, range } of partsAfter(tail, last)) fetchFile(agent, address, cookie, range).catch(failed);
    last = tail.parts.at(-1)?.address ?? last;
  }
  agent.destroy();
}

async function watchPlain({ path, cookie }: WatchOrder['streams'][number]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  let last: string | null = null;
  while (running) {
    try {
      const names = (await text(agent, path, cookie))
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
      const fresh = last === null ? names.slice(-1) : names.slice(names.indexOf(last) + 1);
      for (const name of fresh) await fetchFile(agent, folder + name, cookie);
      last = names.at(-1) ?? last;
    } catch (error) {
      failed(error);
    }
    await wait(PLAIN_RELOAD_MS);
  }
  agent.destroy();
}

process.once('SIGTERM', () => {
  running = false;
  const { playlists, files, bytes, failures } = seen;
  const report: WatchReport = {
    playlists,
    files,
    bytes,
    failed: failures.length,
    failures: failures.slice(0, FAILURES_TOLD),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
});
for (const [i, stream] of order.streams.entries()) {
  const watch = order.kind === 'low' ? watchLow : watchPlain;
  // Apart, so that the viewers of the plain playlist do not all ask in one moment.
  void wait((i * PLAIN_RELOAD_MS) / order.streams.length).then(() => watch(stream).catch(failed));
}
