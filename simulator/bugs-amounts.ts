/** Bugs in amounts: balances, shares, refunds, debts, tax. */
import { type Bug, edit } from './bug.ts';

export const AMOUNTS: readonly Bug[] = [
  {
    name: 'no-balance-check',
    what: 'nobody looks whether the balance is enough',
    edits: [edit('wallet/rules.ts', 'if (after < 0n && isFloored(payer.kind))', 'if (after < -1_000_000_000n)')],
  },
  {
    name: 'both-rounded-down',
    what: 'both shares are rounded down',
    edits: [
      edit(
        'wallet/rules.ts',
        'creator: gross - platform, platform',
        'creator: (gross * BigInt(creatorBps)) / WHOLE_BPS, platform',
      ),
    ],
  },
  {
    name: 'remainder-to-platform',
    what: "the creator's share is rounded down",
    edits: [
      edit(
        'wallet/rules.ts',
        'const platform = (gross * (WHOLE_BPS - BigInt(creatorBps))) / WHOLE_BPS;',
        'const platform = gross - (gross * BigInt(creatorBps)) / WHOLE_BPS;',
      ),
    ],
  },
  {
    name: 'refund-too-much',
    what: 'more is given back than is left',
    edits: [edit('wallet/plans.ts', 'if (amount <= 0n || amount > left)', 'if (amount <= 0n)')],
  },
  {
    name: 'refund-below-zero',
    what: 'a refund takes what is not there instead of making a debt',
    edits: [
      edit('wallet/plans.ts', 'change < 0n ? -least(-change, balance)', 'change < 0n ? change'),
      edit(
        'wallet/rules.ts',
        'if (after < 0n && isFloored(payer.kind))',
        'if (after < 0n && payer.kind !== "creator")',
      ),
    ],
  },
  {
    name: 'rest-without-holder',
    what: 'what was taken of a payment cannot be given back where it was tax alone or no whole token',
    edits: [
      edit(
        'wallet/plans.ts',
        "platform ?? others.find(({ kind }) => kind === 'reserve' || kind === 'tax');",
        'platform;',
      ),
    ],
  },
  {
    name: 'debt-forgotten',
    what: 'a top-up does not pay debts first',
    edits: [
      edit(
        'wallet/plans.ts',
        'settle(fan(userId), tokens, { balance: 0n, owed })',
        'settle(fan(userId), tokens, { balance: 0n, owed: 0n * owed })',
      ),
    ],
  },
  {
    name: 'tax-rounded-apart',
    what: 'of a part that goes back, tax and shares are rounded each by itself',
    edits: [edit('wallet/plans.ts', '(amount * (paid - (tax * paid) / gross)) / net', '(amount * paid) / gross')],
  },
  {
    name: 'tax-of-months-forgotten',
    what: 'the tax of a membership is shared as if it was its price',
    edits: [edit('payments/subscriptions.ts', 'taxMinor: invoice.taxMinor,', 'taxMinor: 0 * invoice.taxMinor,')],
  },
];
