/** The shipped ledger under load, on a database of its own with the product's sealer beside it. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
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

/** Runs `work` on every connection for so many seconds. Returns how many there were in a second. */
export async function perSecond(seconds: number, work: (n: number) => Promise<void>): Promise<number> {
  const from = performance.now();
  const end = from + seconds * 1000;
  let done = 0;
  const lane = async (first: number) => {
    // Lanes never share a payer: what is measured is not the wait for a lock.
    for (let n = first; performance.now() < end; n += CONNECTIONS) {
      await work(n);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => lane(i)));
  return (done * 1000) / (performance.now() - from);
}
