/** The shipped ledger under load, on a database of its own with the product's sealer beside it. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import mysql from 'mysql2/promise';
import { openDb } from '../../server/src/platform/db.ts';
import { newId } from '../../server/src/platform/ids.ts';
import { book, money, plans } from '../../server/src/wallet/service.ts';
import { startStack, type TestStack } from '../../test/kit/db.ts';
import { onInterrupt, run } from '../lib/process.ts';

export const CONNECTIONS = 16;
export const FANS = 1000;
const FUNDS = 1_000_000_000n;
const CREATOR_BPS = 8000;

export type LedgerLoad = {
  readonly stack: TestStack;
  readonly db: ReturnType<typeof openDb>;
  readonly ledgerKey: string;
  /** One tip of 10 tokens by a fan to one of the creators. */
  tip(fan: number, creatorId: string): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a database, gives a thousand fans their tokens, and starts the sealer in a process of its own. */
export async function startLedger(): Promise<LedgerLoad> {
  const stack = await startStack();
  const emergency = () => stack.stop();
  onInterrupt.add(emergency);
  await asShipped(stack);
  const { secrets, varDir } = stack.config;
  const db = openDb(secrets.databaseUrl, CONNECTIONS);
  const ledgerKey = secrets.ledgerKey;
  const fans = Array.from({ length: FANS }, () => newId('usr'));
  for (const userId of fans) {
    const plan = () => plans.planGift({ userId, tokens: FUNDS });
    const order = { kind: 'gift', payer: null, key: `gift:${userId}`, request: {}, plan } as const;
    await db.transaction((tx) => book(tx, ledgerKey, order));
  }
  const script = fileURLToPath(new URL('sealer.ts', import.meta.url));
  const env = { ...process.env, BENCH_SECRETS: JSON.stringify(secrets), BENCH_VAR: varDir };
  const sealer = run(process.execPath, [script], { env });
  return {
    stack,
    db,
    ledgerKey,
    async tip(fan, creatorId) {
      const fanId = fans[fan % FANS] ?? '';
      await db.transaction((tx) =>
        book(tx, ledgerKey, {
          kind: 'tip',
          payer: money.fan(fanId),
          key: `http:${randomUUID()}`,
          request: { creatorId, tokens: 10 },
          plan: () => plans.planTip({ fanId, creatorId, tokens: 10n, creatorBps: CREATOR_BPS }),
          facts: { gross: 10, creator: 8, platform: 2, bps: CREATOR_BPS },
        }),
      );
    },
    async stop() {
      await sealer.stop();
      await db.close();
      onInterrupt.delete(emergency);
      await stack.stop();
    },
  };
}

/** Of InnoDB, as the product ships it, bytes. */
const BUFFER_POOL = 128 * 2 ** 20;

async function asShipped(stack: TestStack): Promise<void> {
  const url = new URL(stack.config.secrets.databaseMigrationUrl);
  url.username = 'admin';
  const admin = await mysql.createConnection(url.href);
  await admin.query('SET GLOBAL innodb_buffer_pool_size = ?', [BUFFER_POOL]);
  await admin.end();
}

/** Fans of one connection: lanes never share a payer, or the wait for a lock would be measured. */
const FANS_OF_LANE = Math.floor(FANS / CONNECTIONS);

/**
 * Runs `work` on every connection for so many seconds, with the number of a fan and of the turn. Returns how many there
 * were in a second.
 */
export async function perSecond(seconds: number, work: (fan: number, turn: number) => Promise<void>): Promise<number> {
  const from = performance.now();
  const end = from + seconds * 1000;
  let done = 0;
  const lane = async (own: number) => {
    for (let turn = own; performance.now() < end; turn += CONNECTIONS) {
      await work(own * FANS_OF_LANE + (Math.floor(turn / CONNECTIONS) % FANS_OF_LANE), turn);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => lane(i)));
  return (done * 1000) / (performance.now() - from);
}
