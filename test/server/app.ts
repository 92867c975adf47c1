/** The API in this process on a private database, and makers of what tests need. */
import { randomBytes } from 'node:crypto';
import type { Config } from '#config/index.ts';
import { cookieNames } from '#contract/grant.ts';
import type { ReportedShow, SyncReply, SyncRequest } from '#contract/media-port.ts';
import { issueCodes } from '../../server/src/access/service.ts';
import { hashPassword } from '../../server/src/accounts/password.ts';
import { createAccount } from '../../server/src/accounts/service.ts';
import { insertAccount } from '../../server/src/accounts/store.ts';
import type { Channel } from '../../server/src/channels/service.ts';
import { channelBySlug, createChannel } from '../../server/src/channels/service.ts';
import { openPlatform, serveApi } from '../../server/src/compose.ts';
import { createKey } from '../../server/src/keys/service.ts';
import { newId, sha256Hex } from '../../server/src/platform/ids.ts';
import { makeLog } from '../../server/src/platform/log.ts';
import type { Platform } from '../../server/src/platform/platform.ts';
import { balanceOf, book, money } from '../../server/src/wallet/service.ts';
import type { TestStack } from '../kit/db.ts';
import { startStack } from '../kit/db.ts';

export type Answer = {
  status: number;
  body: Record<string, unknown> & { details?: Record<string, unknown> };
  cookies: string[];
};
export type Options = {
  body?: unknown;
  cookie?: string;
  address?: string;
  origin?: string | null;
  bearer?: string;
  headers?: Record<string, string>;
};
export type TestApp = Awaited<ReturnType<typeof startApp>>;

let counter = 0;
export function unique(prefix: string): string {
  counter += 1;
  return `${prefix}${counter}${randomBytes(3).toString('hex')}`;
}
/** An address that no other test uses. */
export const freshAddress = () => `10.${randomBytes(1)[0]}.${randomBytes(1)[0]}.${(randomBytes(1)[0] ?? 0) || 1}`;

function callerOf(base: string, config: Config) {
  return async (method: string, path: string, options: Options = {}): Promise<Answer> => {
    const { body, cookie, address, origin = config.publicUrl, bearer, headers = {} } = options;
    const response = await fetch(base + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(origin === null ? {} : { origin }),
        ...(cookie ? { cookie } : {}),
        ...(address ? { 'x-real-ip': address } : {}),
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : { text };
    return { status: response.status, body: parsed, cookies: response.headers.getSetCookie() };
  };
}

const PASSWORD = 'a long enough password';
/** One for all fans of a test file: hashing costs more than everything else of an account. */
let passwordHash: Promise<string> | undefined;

type Fan = { readonly userId: string; readonly email: string; readonly password: string; readonly name: string };

function makersOf(platform: Platform) {
  const { db, config } = platform;
  /** Tokens out of nowhere, booked as a gift of the operator. */
  async function gift(userId: string, tokens: bigint): Promise<void> {
    await db.transaction((tx) =>
      book(tx, config.secrets.ledgerKey, {
        kind: 'gift',
        payer: null,
        key: `gift:${unique(userId)}`,
        request: { userId, tokens },
        plan: () => [
          { account: money.house('gift', 'TOKEN'), amount: -tokens },
          { account: money.fan(userId), amount: tokens },
        ],
      }),
    );
  }
  return {
    gift,
    /** An account with tokens in its wallet; sign it in with `app.signIn(fan)`. */
    async fan({ balanceTokens = 0n }: { balanceTokens?: bigint } = {}): Promise<Fan> {
      const userId = newId('usr');
      const name = unique('fan');
      const email = `${name}@example.org`;
      passwordHash ??= hashPassword(PASSWORD);
      const hash = await passwordHash;
      await db.transaction((tx) =>
        insertAccount(tx, { userId, accountRowId: newId('usr'), email, name, passwordHash: hash }),
      );
      if (balanceTokens > 0n) await gift(userId, balanceTokens);
      return { userId, email, password: PASSWORD, name };
    },
    async channel(settings: Partial<Channel> = {}) {
      const slug = unique('c');
      const email = `${slug}@example.org`;
      const password = 'a long enough password';
      await db.transaction(async (tx) => {
        const { userId } = await createAccount(tx, { email, name: slug, password });
        await createChannel(tx, { slug, name: `Channel ${slug}`, ownerId: userId });
      });
      const { db: owner } = platform;
      for (const [name, value] of Object.entries(settings)) {
        await owner.run(`UPDATE channel SET ${name} = ? WHERE slug = ?`, [value as string | number, slug]);
      }
      return { ...(await channelBySlug(db, slug)), email, password };
    },
    async key(channel: Channel) {
      const made = await db.transaction((tx) => createKey(tx, { channelId: channel.id, label: 'OBS' }, 'cli'));
      return { ...made, hash: sha256Hex(made.key) };
    },
    async code(channel: Channel) {
      const [made] = await db.transaction((tx) => issueCodes(tx, config, channel, { count: 1 }, 'cli'));
      if (!made) throw new Error('no code was issued');
      return made;
    },
  };
}

/** Media, as the port sees it. */
function mediaOf(call: ReturnType<typeof callerOf>, config: Config) {
  const bearer = config.secrets.mediaSecret;
  let sequence = 0;
  return {
    bootId: unique('boot'),
    authorize: (keyHash: string, app = 'live') =>
      call('POST', '/internal/media/authorize', {
        bearer,
        body: { keyHash, app, address: '127.0.0.1', encoder: 'OBS' },
      }),
    async sync(shows: ReportedShow[], extra: Partial<SyncRequest> = {}): Promise<SyncReply> {
      sequence += 1;
      const body = { bootId: this.bootId, sequence, shows, sessions: [], refusals: [], ...extra };
      const answer = await call('POST', '/internal/media/sync', { bearer, body });
      if (answer.status !== 200) throw new Error(`sync: ${JSON.stringify(answer)}`);
      return answer.body as unknown as SyncReply;
    },
  };
}

/** One show as media reports it. */
export const report = (
  show: { showId: string; channelId: string },
  state: ReportedShow['state'],
  more: Partial<ReportedShow> = {},
): ReportedShow =>
  ({
    showId: show.showId,
    channelId: show.channelId,
    state,
    broadcastId: null,
    keyId: null,
    sinceMs: Date.now(),
    viewers: 0,
    input: null,
    light: 'green',
    advices: [],
    thumbnail: null,
    ...more,
  }) as ReportedShow;

/** `prepare` may change the configuration before anything opens, and names the port to serve on. */
export async function startApp(prepare: (config: Config) => Promise<number> = async () => 0) {
  const stack: TestStack = await startStack();
  const { config } = stack;
  const wantedPort = await prepare(config);
  const { platform, stops } = openPlatform(config, makeLog('silent', 'test'));
  const { port, stop } = await serveApi(platform, { port: wantedPort, verifyReplies: true });
  const call = callerOf(`http://127.0.0.1:${port}`, config);
  const names = cookieNames(config.installId, false);
  const signIn = async (who: { email: string; password: string }): Promise<string> => {
    const body = { email: who.email, password: who.password };
    const answer = await call('POST', '/api/auth/sign-in/email', { body, address: freshAddress() });
    const cookie = answer.cookies.find((text) => text.startsWith(`${names.session}=`))?.split(';')[0];
    if (!cookie) throw new Error(`no session: ${JSON.stringify(answer)}`);
    return cookie;
  };
  return {
    ...stack,
    port,
    platform,
    call,
    signIn,
    names,
    make: makersOf(platform),
    media: mediaOf(call, config),
    /** What is in a fan's wallet. */
    balanceOf: (fan: { userId: string }) => balanceOf(platform.db, money.fan(fan.userId)),
    /** Enters a code; a new device unless a cookie is given. */
    validate: (code: string, channel: string, options: Options = {}) =>
      call('POST', '/api/access-codes/validate', { address: freshAddress(), body: { code, channel }, ...options }),
    deviceCookie(answer: Answer): string {
      const cookie = answer.cookies.find((text) => text.startsWith(`${names.device}=`))?.split(';')[0];
      if (!cookie) throw new Error('no device cookie');
      return cookie;
    },
    async stop() {
      for (const part of [stop, ...stops]) await part.stop();
      await stack.stop();
    },
  };
}
