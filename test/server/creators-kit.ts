/** What tests of creators' money share: sales of any kind and age, booked without the way through a shop. */
import { randomUUID } from 'node:crypto';
import type { Channel } from '../../server/src/channels/service.ts';
import type { Reversal } from '../../server/src/wallet/service.ts';
import { balanceOf, book, money, plans, reverse } from '../../server/src/wallet/service.ts';
import type { TestApp } from './app.ts';

export type Owned = Channel & { readonly email: string; readonly password: string };

export function creatorsOf(app: TestApp) {
  const { db, config } = app.platform;
  const { ledgerKey } = config.secrets;
  const factsFor = (channel: Owned, gross: bigint, what: string, buyer: string) => {
    const shares = money.split(gross, channel.creatorBps);
    return {
      what,
      gross: Number(gross),
      creator: Number(shares.creator),
      platform: Number(shares.platform),
      bps: channel.creatorBps,
      channel: channel.slug,
      buyer,
    };
  };
  return {
    /** A code that was sold for cash. Returns the booking. */
    codeSale: (channel: Owned, minor: bigint) =>
      db.transaction((tx) =>
        book(tx, ledgerKey, {
          kind: 'code_sale',
          payer: null,
          key: `checkout:${randomUUID()}`,
          request: {},
          plan: () =>
            plans.planCashSale({
              creatorId: channel.ownerId,
              minor,
              currency: 'eur',
              creatorBps: channel.creatorBps,
            }),
          facts: { ...factsFor(channel, minor, 'code', 'f…@example.org'), standIn: true },
          channelId: channel.id,
        }),
      ),
    tip: (channel: Owned, fanId: string, tokens: bigint, showId: number | null = null) =>
      db.transaction((tx) =>
        book(tx, ledgerKey, {
          kind: 'tip',
          payer: money.fan(fanId),
          key: randomUUID(),
          request: {},
          plan: () => plans.planTip({ fanId, creatorId: channel.ownerId, tokens, creatorBps: channel.creatorBps }),
          facts: factsFor(channel, tokens, 'tip', fanId),
          channelId: channel.id,
          showId,
        }),
      ),
    takeBack: (transferId: string, amount: bigint | null, kind: NonNullable<Reversal['kind']> = 'refund') =>
      db.transaction((tx) =>
        reverse(tx, ledgerKey, {
          transferId: transferId as Reversal['transferId'],
          amount,
          kind,
          key: `${kind}:${randomUUID()}`,
        }),
      ),
    /** Makes a booking so many days older than it is. The ledger's proof notices; these tests do not ask for it. */
    age: (transferId: string, days: number) =>
      app.owner('UPDATE ledger_transfer SET at = at - INTERVAL ? DAY WHERE publicId = ?', [days, transferId]),
    has: async (channel: Owned, currency: string) => ({
      balance: await balanceOf(db, money.creator(channel.ownerId, currency)),
      debt: await balanceOf(db, money.debt(channel.ownerId, currency)),
      inPayout: await balanceOf(db, money.held(channel.ownerId, currency)),
    }),
  };
}
