/** Wallet transfers a second: the shipped booking beside the bare statements that it cannot do without. */
import { newId } from '../server/src/platform/ids.ts';
import { openBaseline } from './ledger/baseline.ts';
import { CONNECTIONS, FANS, perSecond, startLedger } from './ledger/load.ts';
import { type Findings, type Options, ratio, thousands } from './lib/result.ts';
import { median } from './lib/stats.ts';

const PAIRS = 7;
/** Length of one half of a pair, seconds. */
const HALF_SECONDS = 6;
/** Unmeasured halves of either before the first pair. */
const WARM_HALVES = 2;
const TARGET = 0.8;
const CREATORS = 100;

/** Durable transfers of 16 connections, each by another of a thousand fans, while the sealer seals them. */
export async function ledger(options: Options): Promise<Findings> {
  const seconds = options.quick ? 1 : (options.seconds ?? HALF_SECONDS);
  const pairs = options.quick ? 2 : PAIRS;
  const load = await startLedger();
  const bare = await openBaseline(load.stack.config.secrets.databaseMigrationUrl, CONNECTIONS, FANS);
  try {
    const creators = Array.from({ length: CREATORS }, () => newId('usr'));
    const ours = () => perSecond(seconds, (fan, turn) => load.tip(fan, creators[turn % CREATORS] ?? ''));
    const beside = () => perSecond(seconds, (fan) => bare.transfer(fan + 1));
    for (let i = 0; i < (options.quick ? 1 : WARM_HALVES); i += 1) {
      await ours();
      await beside();
    }
    const found: { ours: number; bare: number }[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const first = pair % 2 === 0 ? await beside() : null;
      const own = await ours();
      found.push({ ours: own, bare: first ?? (await beside()) });
      options.say(`pair ${pair + 1}: ${thousands(own)}/s beside ${thousands(found.at(-1)?.bare ?? 0)}/s`);
    }
    const ratios = found.map((pair) => pair.ours / pair.bare);
    return {
      rows: [
        {
          what: `wallet transfers, ${CONNECTIONS} connections, durable`,
          measured: `${ratio(median(ratios))} × (${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}): ${thousands(median(found.map((pair) => pair.ours)))}/s`,
          beside: `${thousands(median(found.map((pair) => pair.bare)))}/s`,
          target: `≥ ${TARGET} ×`,
          reached: median(ratios) >= TARGET,
        },
      ],
      notes: [
        `${pairs} interleaved pairs of ${seconds} s, median; every commit is flushed (innodb_flush_log_at_trx_commit=1). Ours: a tip with payer's lock, idempotency, balance and number, split, three signed entries, while the sealer seals each second in another process. Beside: the statements of bench/baseline.sql with ready-made values, on tables of equal columns without secondary indexes.`,
      ],
    };
  } finally {
    await bare.stop();
    await load.stop();
  }
}
