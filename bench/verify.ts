/** `stagedoor ledger verify` on up to a million entries: is it linear? */
import { newId } from '../server/src/platform/ids.ts';
import { outsideSeals } from '../server/src/wallet/outside-seal.ts';
import { verifyLedger } from '../server/src/wallet/verify.ts';
import { FANS, startLedger } from './ledger/load.ts';
import { until } from './lib/process.ts';
import { type Findings, milliseconds, type Options, ratio, thousands } from './lib/result.ts';
import { median } from './lib/stats.ts';

/** Entries at which it is timed. */
const STAGES = [250_000, 500_000, 1_000_000];
const QUICK_STAGES = [2000, 4000, 8000];
/** Of one tip. */
const ENTRIES_OF_TIP = 3;
const TIMES = 3;
const LANES = 16;
/** How much more an entry may cost at the last stage than at the first. */
const TARGET = 1.2;
const SEALED_LIMIT_MS = 120_000;

/** Fills the ledger by true bookings, waits for the sealer, and proves all of it at three sizes. */
export async function verify(options: Options): Promise<Findings> {
  const stages = options.quick ? QUICK_STAGES : STAGES;
  const load = await startLedger();
  const { db, ledgerKey, stack, tip } = load;
  const prove = async () => verifyLedger(db, ledgerKey, await outsideSeals(stack.config.varDir));
  try {
    const creators = Array.from({ length: FANS }, () => newId('usr'));
    let booked = 2 * FANS;
    const found: { entries: number; ms: number }[] = [];
    for (const entries of stages) {
      const tips = Math.ceil((entries - booked) / ENTRIES_OF_TIP);
      const lane = async (first: number) => {
        for (let n = first; n < tips; n += LANES) await tip(n % FANS, creators[(n * 7) % FANS] ?? '');
      };
      await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i)));
      booked += tips * ENTRIES_OF_TIP;
      await until(
        'everything is sealed',
        SEALED_LIMIT_MS,
        async () =>
          await db.row(
            'SELECT 1 FROM (SELECT (SELECT COUNT(*) FROM ledger_transfer) AS a, (SELECT COUNT(*) FROM ledger_seal_item) AS b) c WHERE a = b',
          ),
      );
      const times: number[] = [];
      for (let i = 0; i < (options.quick ? 1 : TIMES); i += 1) {
        const from = performance.now();
        const report = await prove();
        times.push(performance.now() - from);
        if (!report.ok || report.entries !== booked)
          throw new Error(`not proved: ${JSON.stringify(report.problems[0] ?? report)}`);
      }
      found.push({ entries: booked, ms: median(times) });
      options.say(`${thousands(booked)} entries: ${milliseconds(median(times))}`);
    }
    const each = (one: { entries: number; ms: number } | undefined) => (one ? (one.ms * 1000) / one.entries : NaN);
    const growth = each(found.at(-1)) / each(found[0]);
    return {
      rows: [
        ...found.map((one) => ({
          what: `ledger verify, ${thousands(one.entries)} entries`,
          measured: `${milliseconds(one.ms)}, ${each(one).toFixed(1)} µs an entry`,
          beside: '',
          target: '',
          reached: null,
        })),
        {
          what: 'an entry of the last beside one of the first',
          measured: `${ratio(growth)} ×`,
          beside: '',
          target: `≤ ${TARGET} ×`,
          reached: growth <= TARGET,
        },
      ],
      notes: [
        'True bookings of a thousand fans to a thousand creators, all sealed. Every HMAC, sum, balance, payer number, leaf, root and the chain of seals is checked, in one process, on one snapshot.',
      ],
    };
  } finally {
    await load.stop();
  }
}
