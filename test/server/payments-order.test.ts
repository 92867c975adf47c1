/** Events in any order, or none at all, and a process that dies between any two statements: the same end. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Payments } from '../../server/src/payments/payments.ts';
import { settleCheckout } from '../../server/src/payments/settle.ts';
import { settleSubscription } from '../../server/src/payments/subscriptions.ts';
import type { Tx } from '../../server/src/platform/db.ts';
import { type Bought, type Shop, startShop } from './payments-rig.ts';
import { play } from './stripe-story.ts';

/** Ten times what it takes on a machine that has nothing else to do. */
const STORY_LIMIT_MS = 240_000;
/** Purchases of a story: about 340 events, so a thousand deliveries when each is told three times. */
const PURCHASES = 36;
const SEED = 20_261_121;

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
  // What is told, and when, is the test's.
  await shop.control.command('faults', { lose: 1_000_000 });
});
afterAll(async () => {
  expect(await shop.sums()).toEqual([]);
  await shop.stop();
});

test(
  'a thousand deliveries shuffled, tripled, late, refund before charge; or lost and reconciled: as once in order',
  async () => {
    const inOrder = await play(shop, 'in order', PURCHASES, SEED);
    const shuffled = await play(shop, 'shuffled', PURCHASES, SEED);
    const silent = await play(shop, 'not at all', PURCHASES, SEED);
    const caughtUp = await shop.reconcile();
    expect(caughtUp.body).toMatchObject({ failed: 0 });
    expect(shuffled.events).toBe(inOrder.events);
    expect(shuffled.told).toBe(3 * shuffled.events);
    expect(shuffled.told).toBeGreaterThan(900);
    const expected = await inOrder.end();
    expect(await shuffled.end()).toEqual(expected);
    expect(await silent.end()).toEqual(expected);
    // The story is worth telling: there is some of everything in it.
    const states = new Set(expected.purchases.flatMap(({ checkout }) => checkout.map(({ state }) => state)));
    expect([...states]).toEqual(expect.arrayContaining(['paid', 'refunded']));
    // What the first run ended at Stripe was heard by the second; then there is nothing left to hear.
    await shop.reconcile();
    expect((await shop.reconcile()).body).toMatchObject({ events: 0, failed: 0 });
  },
  STORY_LIMIT_MS,
);

test('an answer of Stripe that is overtaken by a newer one is not written over it', async () => {
  const fan = await shop.fan();
  const bought = shop.boughtOf(await shop.subscribe(fan.cookie, await shop.channel()));
  await shop.press(bought);
  await settleCheckout(shop.ctx, bought.id);
  const [row] = await shop.app.owner('SELECT stripeSubscriptionId AS id FROM subscription WHERE userId = ?', [
    fan.userId,
  ]);
  const id = String(row?.['id']);
  const { subscription } = shop.ctx.stripe;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { promise: read, resolve: hasRead } = Promise.withResolvers<void>();
  const slow = async (asked: string) => {
    const answer = await subscription(asked);
    hasRead();
    await gate;
    return answer;
  };
  // Its answer says that a renewal failed; meanwhile the renewal is paid, and that is heard first.
  await shop.control.command('renew', { subscription: id, works: false });
  const late = settleSubscription({ ...shop.ctx, stripe: { ...shop.ctx.stripe, subscription: slow } }, id);
  await read;
  await shop.control.command('renew', { subscription: id, works: true });
  await settleSubscription(shop.ctx, id);
  open();
  await late;
  expect(await shop.app.owner('SELECT state FROM subscription WHERE userId = ?', [fan.userId])).toEqual([
    { state: 'active' },
  ]);
});

/** Like the real one, but dies at the statement of this number, and counts them. */
function mortal(ctx: Payments, dieAt: number) {
  let statements = 0;
  const counted = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      statements += 1;
      if (statements === dieAt) throw new Error('killed');
      return run(...args);
    };
  };
  const db: Payments['db'] = {
    ...ctx.db,
    transaction: async (work) => {
      const result = await ctx.db.transaction((tx) => {
        const dying: Tx = {
          ...tx,
          row: counted(tx.row) as Tx['row'],
          rows: counted(tx.rows) as Tx['rows'],
          list: counted(tx.list) as Tx['list'],
          run: counted(tx.run),
          bulk: counted(tx.bulk),
        };
        return work(dying);
      });
      statements += 1;
      // After the commit, before anybody heard of it.
      if (statements === dieAt) throw new Error('killed');
      return result;
    },
  };
  return { ctx: { ...ctx, db }, statements: () => statements };
}

async function outcomeOf(bought: Bought, email: string) {
  const notices = await shop.app.owner("SELECT 1 FROM notice WHERE email = ? AND event = 'code.issued'", [email]);
  const mails = await shop.app.owner(
    "SELECT 1 FROM notice n JOIN notice_delivery d ON d.noticeId = n.id WHERE n.email = ? AND d.channel = 'mail'",
    [email],
  );
  return {
    codes: (await shop.codesOf(bought)).length,
    transfers: (await shop.transfersOf(bought)).length,
    notices: notices.length,
    mails: mails.length,
  };
}

const NOTHING = { codes: 0, transfers: 0, notices: 0, mails: 0 };
const ONE = { codes: 1, transfers: 1, notices: 1, mails: 1 };

test('killed at each statement from payment to code to mail: paid has exactly one code, unpaid none', async () => {
  const channel = await shop.channel({ viewerLimit: 10_000 });
  const begun = async (n: number) => {
    const email = `dies${n}@example.org`;
    return { email, bought: shop.boughtOf(await shop.buyCode(channel, { email })) };
  };
  // The first sale makes the creator's accounts; from the second on all have the same statements.
  for (const first of [0, 1]) {
    const { bought, email } = await begun(first);
    await shop.press(bought);
    await settleCheckout(shop.ctx, bought.id);
    expect(await outcomeOf(bought, email)).toEqual(ONE);
  }
  const whole = await begun(2);
  await shop.press(whole.bought);
  const count = mortal(shop.ctx, -1);
  await settleCheckout(count.ctx, whole.bought.id);
  const last = count.statements();
  expect(last).toBeGreaterThan(15);
  for (let dieAt = 1; dieAt <= last; dieAt += 1) {
    const { bought, email } = await begun(dieAt + 2);
    // Unpaid: nothing, whatever is asked.
    await settleCheckout(shop.ctx, bought.id);
    expect(await outcomeOf(bought, email)).toEqual(NOTHING);
    await shop.press(bought);
    const dying = mortal(shop.ctx, dieAt);
    await expect(settleCheckout(dying.ctx, bought.id), `statement ${dieAt}`).rejects.toThrow('killed');
    expect([dieAt, await outcomeOf(bought, email)]).toEqual([dieAt, dieAt === last ? ONE : NOTHING]);
    await settleCheckout(shop.ctx, bought.id);
    await settleCheckout(shop.ctx, bought.id);
    expect([dieAt, await outcomeOf(bought, email)]).toEqual([dieAt, ONE]);
  }
  expect(await shop.creatorHas(channel)).toBe(800n * BigInt(last + 3));
});
