/** An ingest of our own, with a small authorizer that knows some keys, and the plain library beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ingest, type IngestLimits, type IngestRefusal, startIngest } from '../../../media/src/ingest/index.ts';
import type { MediaPacket, PublishDecision, PublisherEnd, PublishRequest } from '../../../media/src/types.ts';
import { connectRtmp, message, publishAsObs, type RtmpClient } from '../../kit/rtmp-client.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Waits until `look` gives something, with a deadline. */
export async function eventually<T>(look: () => T | undefined | null | false, what: string, ms = 15_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export type Broadcast = {
  readonly request: PublishRequest;
  readonly packets: MediaPacket[];
  readonly ends: PublisherEnd[];
};

export type TestIngest = Ingest & {
  readonly broadcasts: Broadcast[];
  readonly requests: PublishRequest[];
  readonly refusals: IngestRefusal[];
  readonly logged: string[];
};

export type TestOptions = {
  keys?: readonly string[];
  limits?: Partial<IngestLimits>;
  authorize?: (request: PublishRequest) => Promise<PublishDecision>;
};

/** Knows `keys`; the newest publisher of a key replaces the older one, as in the product. */
export async function startTestIngest({
  keys = ['good'],
  limits = {},
  authorize,
}: TestOptions = {}): Promise<TestIngest> {
  const broadcasts: Broadcast[] = [];
  const requests: PublishRequest[] = [];
  const refusals: IngestRefusal[] = [];
  const logged: string[] = [];
  const known = new Set(keys.map(sha256));
  const holders = new Map<string, PublishRequest>();
  const log = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);

  async function decide(request: PublishRequest): Promise<PublishDecision> {
    requests.push(request);
    if (authorize) return authorize(request);
    if (!known.has(request.keyHash)) return { ok: false, message: 'This stream key is not known.' };
    holders.get(request.keyHash)?.cut('replaced', 'Another encoder took over with the same key.');
    holders.set(request.keyHash, request);
    const broadcast: Broadcast = { request, packets: [], ends: [] };
    broadcasts.push(broadcast);
    return {
      ok: true,
      sink: {
        packet: (one) => void broadcast.packets.push({ ...one, payload: Buffer.from(one.payload) }),
        closed: (end) => void broadcast.ends.push(end),
      },
    };
  }

  const ingest = await startIngest({
    port: 0,
    host: '127.0.0.1',
    authorize: decide,
    log: { info: log, error: log },
    limits: { connectionsPerAddress: 1000, ...limits },
    onRefusal: (refusal) => void refusals.push(refusal),
  });
  return { ...ingest, broadcasts, requests, refusals, logged };
}

/** A publisher that counts, so that a lost, doubled or changed packet shows. */
export async function startCountingPublisher(port: number, key = 'good') {
  const client = await connectRtmp({ port });
  await publishAsObs(client, { key });
  const { code } = await client.status();
  if (code !== 'NetStream.Publish.Start') throw new Error(code);
  let sent = 0;
  const bodies: Buffer[] = [];
  const sendOne = (): void => {
    const body = Buffer.alloc(300 + ((sent * 7919) % 9000), sent);
    body.writeUInt32BE(sent, 1);
    body[0] = 0x27;
    bodies.push(body);
    client.send(message({ type: 9, payload: body, time: sent * 33, streamId: 1, chunkStream: 6, chunkSize: 4096 }));
    sent += 1;
  };
  const timer = setInterval(sendOne, 5);
  return {
    client,
    /** Stops, and waits until every packet sent is there, bit for bit. Returns how many. */
    async verify(broadcast: Broadcast | undefined): Promise<number> {
      const before = sent;
      await eventually(() => sent > before + 10, 'ten packets more');
      clearInterval(timer);
      await eventually(() => (broadcast?.packets.length ?? 0) >= sent, `all ${sent} packets`);
      const same = broadcast?.packets.every((one, i) => bodies[i]?.equals(one.payload) && one.timestampMs === i * 33);
      if (!same || broadcast?.packets.length !== sent) throw new Error('the undisturbed stream was disturbed');
      client.socket.destroy();
      return sent;
    },
  };
}

/** Opens a connection that publishes and is live. */
export async function publisher(port: number, key = 'good'): Promise<RtmpClient> {
  const client = await connectRtmp({ port });
  await publishAsObs(client, { key });
  const { code } = await client.status();
  if (code !== 'NetStream.Publish.Start') throw new Error(code);
  return client;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export type PlainLibrary = { port: number; output(): string; exited(): boolean; stop(): Promise<void> };

/** Starts the plain library in a child process. With a secret, publishers must be signed, so ours are refused. */
export async function startPlainLibrary(secret?: string): Promise<PlainLibrary> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'plain-library-'));
  const script = join(import.meta.dirname, 'plain-library.ts');
  const args = [script, String(port), folder, ...(secret ? [secret] : [])];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      gone = true;
      resolve();
    });
  });
  child.stdout?.on('data', (data) => {
    text += data;
  });
  child.stderr?.on('data', (data) => {
    text += data;
  });
  await eventually(() => text.includes('Store ready') || gone, 'plain library');
  if (gone) throw new Error(text);
  return {
    port,
    output: () => text,
    exited: () => gone,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
