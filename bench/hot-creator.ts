/** A thousand fans tip one creator: does anybody wait for a row that all of them want? */
import { newId } from '../server/src/platform/ids.ts';
import { CONNECTIONS, FANS, perSecond, startLedger } from './ledger/load.ts';
import { type Findings, type Options, ratio, thousands } from './lib/result.ts';
import { median } from './lib/stats.ts';

const PAIRS = 7;
/** Length of one half of a pair, seconds. */
const HALF_SECONDS = 5;
const TARGET = 0.9;

/** Tips a second to one creator, beside the same on a thousand. */
export async function hotCreator(options: Options): Promise<Findings> {
  const seconds = options.quick ? 1 : (options.seconds ?? HALF_SECONDS);
  const pairs = options.quick ? 2 : PAIRS;
  const load = await startLedger();
  try {
    const creators = Array.from({ length: FANS }, () => newId('usr'));
    const [one = ''] = creators;
    const hot = () => perSecond(seconds, (fan) => load.tip(fan, one));
    const spread = () => perSecond(seconds, (fan, turn) => load.tip(fan, creators[turn % FANS] ?? ''));
    // Accounts are made at their first use.
    await spread();
    await hot();
    const found: { hot: number; spread: number }[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const first = pair % 2 === 0 ? await spread() : null;
      const own = await hot();
      found.push({ hot: own, spread: first ?? (await spread()) });
      options.say(`pair ${pair + 1}: ${thousands(own)}/s beside ${thousands(found.at(-1)?.spread ?? 0)}/s`);
    }
    const ratios = found.map((pair) => pair.hot / pair.spread);
    return {
      rows: [
        {
          what: `${thousands(FANS)} fans tip one creator`,
          measured: `${ratio(median(ratios))} × (${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}): ${thousands(median(found.map((pair) => pair.hot)))}/s`,
          beside: `${thousands(median(found.map((pair) => pair.spread)))}/s on ${thousands(FANS)} creators`,
          target: `≥ ${TARGET} ×`,
          reached: median(ratios) >= TARGET,
        },
      ],
      notes: [
        `${pairs} interleaved pairs of ${seconds} s, ${CONNECTIONS} connections, durable commits, the sealer running: it also moves the creator's checkpoint, under the creator's lock, as its tail grows.`,
      ],
    };
  } finally {
    await load.stop();
  }
}
