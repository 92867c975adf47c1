/** A media process of its own beside a control plane that the test plays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '#config/index.ts';
import { type Grant, signGrant } from '#contract/grant.ts';
import type {
  AuthorizeReply,
  Refusal,
  ReportedShow,
  Revocation,
  SyncRequest,
  WantedShow,
} from '#contract/media-port.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** A random public id. */
export const newId = (prefix: string) =>
  `${prefix}_${Array.from(randomBytes(26), (byte) => ALPHABET[byte & 31]).join('')}`;
const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Polls until `look` gives something other than null, undefined or false. */
export async function until<T>(what: string, look: () => T | Promise<T>, timeoutMs = 15_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** What the test's control plane answers; change it at will. */
export type ControlState = {
  authorize: (keyHash: string) => AuthorizeReply;
  shows: WantedShow[];
  revocations: Revocation[];
  /** False: every request is answered with 503. */
  up: boolean;
  reported: Map<string, ReportedShow>;
  refusals: Map<string, Refusal>;
  syncs: SyncRequest[];
};

async function startControl(port: number, secret: string): Promise<{ state: ControlState; stop: () => void }> {
  const state: ControlState = {
    authorize: () => ({ ok: false, reason: 'publish.unknown_key', message: 'unknown key' }),
    shows: [],
    revocations: [],
    up: true,
    reported: new Map(),
    refusals: new Map(),
    syncs: [],
  };
  const server = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse(await readBody(request));
      const allowed = request.headers.authorization === `Bearer ${secret}`;
      if (!state.up || !allowed) return response.writeHead(503).end();
      if (request.url?.endsWith('/authorize')) return response.end(JSON.stringify(state.authorize(body.keyHash)));
      const sync = body as SyncRequest;
      state.syncs.push(sync);
      state.reported = new Map(sync.shows.map((show) => [show.showId, show]));
      for (const refusal of sync.refusals) state.refusals.set(refusal.refusalId, refusal);
      const { shows, revocations } = state;
      response.end(JSON.stringify({ sequence: sync.sequence, shows, revocations }));
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    state,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export type RigOptions = Partial<
  Pick<
    Settings,
    | 'ladder'
    | 'ladderCores'
    | 'windowSeconds'
    | 'diskFloorPercent'
    | 'recordingDays'
    | 'thumbnailSeconds'
    | 'lowLatencyViewers'
  >
>;
export type Rig = Awaited<ReturnType<typeof startRig>>;

/** Starts a media process with an install of its own. `preload`: a module that it loads before its own. */
export async function startRig(options: RigOptions = {}, preload?: string) {
  const varDir = mkdtempSync(join(tmpdir(), 'stagedoor-media-'));
  const secret = () => randomBytes(24).toString('hex');
  const secrets = {
    databaseUrl: 'mysql://unused',
    databaseMigrationUrl: 'mysql://unused',
    redisUrl: 'redis://unused',
    sessionSecret: secret(),
    grantSecret: secret(),
    addressSecret: secret(),
    codeLookupKey: secret(),
    codeSealKey: randomBytes(32).toString('hex'),
    ledgerKey: secret(),
    mediaSecret: secret(),
    stripeSecretKey: `sk_test_standin${secret()}`,
    stripeWebhookSecret: `whsec_${secret()}`,
    stripeConnectWebhookSecret: null,
    standinSecret: secret(),
    smtpUrl: null,
    adminApiKey: secret(),
  };
  const [apiPort, mediaPort, rtmpPort] = [await freePort(), await freePort(), await freePort()];
  const httpPort = await freePort();
  const mediaDir = join(varDir, 'media');
  const settings = {
    installId: 'testtest',
    appDir: process.cwd(),
    user: null,
    httpPort,
    rtmpPort,
    publicUrl: 'http://localhost:8080',
    apiPorts: [apiPort],
    mediaPort,
    mariadbPort: null,
    redisPort: null,
    redisPrefix: 'test:',
    mediaDir,
    logLevel: 'debug',
    graceSeconds: 60,
    windowSeconds: 30,
    partMilliseconds: 200,
    ladder: [],
    recordingDays: 0,
    recordingsDir: join(varDir, 'recordings'),
    thumbnailSeconds: 0,
    diskFloorPercent: 0,
    ...options,
  };
  const control = await startControl(apiPort, secrets.mediaSecret);
  let child: ChildProcess | null = null;
  let log = '';

  async function start(): Promise<void> {
    writeFileSync(join(varDir, 'settings.json'), JSON.stringify(settings));
    writeFileSync(join(varDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    const started = spawn(process.execPath, [...(preload ? ['--import', preload] : []), 'media/src/main.ts'], {
      env: { ...process.env, STAGEDOOR_VAR: varDir },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-200_000);
      });
    }
    const ready = once(started, 'message');
    const died = once(started, 'exit').then(() => Promise.reject(new Error(`media died:\n${log}`)));
    await Promise.race([ready, died]);
    died.catch(() => {});
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child;
    if (!running || running.exitCode !== null) return running?.exitCode ?? null;
    running.kill(signal);
    const [code] = await once(running, 'exit');
    return code;
  }

  const base = `http://127.0.0.1:${mediaPort}`;
  await start();
  return {
    varDir,
    mediaDir,
    settings,
    httpPort,
    secrets,
    base,
    control: control.state,
    rtmpUrl: `rtmp://127.0.0.1:${rtmpPort}/live`,
    log: () => log,
    pid: () => child?.pid ?? 0,
    start,
    end,
    /** A show with one key, which the control plane knows from now on. */
    show(wanted: Partial<WantedShow> = {}): { show: WantedShow; key: string } {
      const key = randomBytes(20).toString('hex');
      const keyId = newId('key');
      const show = {
        showId: newId('shw'),
        channelId: newId('chn'),
        wanted: 'run',
        audience: 'everyone',
        paused: false,
        viewerLimit: 100,
        graceSeconds: 60,
        windowSeconds: options.windowSeconds ?? 30,
        record: false,
        keys: [{ keyId, keyHash: hashOf(key) }],
        ...wanted,
      } as WantedShow;
      control.state.shows.push(show);
      control.state.authorize = (keyHash) => {
        for (const known of control.state.shows) {
          const match = known.keys.find((candidate) => candidate.keyHash === keyHash);
          if (match) return { ok: true, keyId: match.keyId, show: known };
        }
        return { ok: false, reason: 'publish.unknown_key', message: 'unknown key' };
      };
      return { show, key };
    },
    grant(show: WantedShow, fields: Partial<Grant> = {}): string {
      const now = Date.now();
      const grant = {
        viewer: newId('cod'),
        device: randomBytes(8).toString('hex'),
        role: 'viewer',
        maxDevices: 2,
      } as const;
      return signGrant(secrets.grantSecret, {
        ...grant,
        show: show.showId,
        issuedMs: now,
        untilMs: now + 3_600_000,
        ...fields,
      });
    },
    /** Asks for a playlist with the grant in the cookie. */
    get(path: string, grant?: string, encoding?: string): Promise<Response> {
      const headers: Record<string, string> = grant ? { cookie: `sd_testtest_grant=${grant}` } : {};
      if (encoding) headers['accept-encoding'] = encoding;
      return fetch(`${base}${path}`, { headers });
    },
    async wake(): Promise<void> {
      await fetch(`${base}/control/wake`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secrets.mediaSecret}` },
      });
    },
    async stop(): Promise<void> {
      await end('SIGTERM');
      control.stop();
      rmSync(varDir, { recursive: true, force: true });
    },
  };
}
