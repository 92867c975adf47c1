/** Ten thousand events of Stripe, shuffled, tripled and late, beside the same told once in order. */
import { isDeepStrictEqual } from 'node:util';
import { startShop } from '../test/server/payments-rig.ts';
import { play } from '../test/server/stripe-story.ts';
import { type Findings, type Options, thousands } from './lib/result.ts';

/** A purchase makes about eight events. */
const PURCHASES = 1240;
const QUICK_PURCHASES = 60;

export async function events(options: Options): Promise<Findings> {
  const shop = await startShop();
  try {
    await shop.control.command('faults', { lose: 1_000_000 });
    const size = options.quick ? QUICK_PURCHASES : PURCHASES;
    const timed = async (telling: Parameters<typeof play>[1]) => {
      const from = performance.now();
      const played = await play(shop, telling, size, options.seed);
      const seconds = (performance.now() - from) / 1000;
      options.say(
        `${telling}: ${thousands(played.events)} events, told ${thousands(played.told)} times in ${seconds.toFixed(0)} s`,
      );
      return { ...played, seconds };
    };
    const inOrder = await timed('in order');
    const shuffled = await timed('shuffled');
    const same = isDeepStrictEqual(await shuffled.end(), await inOrder.end());
    const balanced = (await shop.sums()).length === 0;
    return {
      rows: [
        {
          what: 'Stripe events shuffled, tripled, late, refund before charge',
          measured: `${same ? 'the same end state' : 'ANOTHER end state'} after ${thousands(shuffled.told)} deliveries of ${thousands(shuffled.events)} events, sums ${balanced ? 'zero' : 'NOT zero'}`,
          beside: `${thousands(inOrder.told)} deliveries, once and in order`,
          target: 'same end state',
          reached: same && balanced,
        },
      ],
      notes: [
        `${thousands(size)} purchases of codes, tokens and memberships with their declines, refunds, disputes and renewals, played twice from seed ${options.seed}; a third of the events are told while the story goes on, four at a time, the rest after it. Compared: every purchase, code, payment, refund, dispute, subscription and membership, and every balance and debt.`,
      ],
    };
  } finally {
    await shop.stop();
  }
}
