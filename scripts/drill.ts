/** `npm run drill [-- NAME …] [--seed N] [--rounds N] [--short]`: kills processes under load and checks that nothing was lost. */
import { parseArgs } from 'node:util';
import { type Drilled, drillMoney, type Options } from '../drill/money.ts';
import { tableOf } from '../drill/report.ts';

const DRILLS: Readonly<Record<string, (options: Options) => Promise<Drilled>>> = { money: drillMoney };
const DEFAULT_SEED = 20_261_121;
/** Of each point and process. */
const DEFAULT_ROUNDS = 3;
const MOST_ROUNDS = 100;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      rounds: { type: 'string' },
      short: { type: 'boolean', default: false },
      // Given by scripts/run.sh to every verb.
      begun: { type: 'string' },
      downloaded: { type: 'string' },
    },
  });
  const seed = values.seed === undefined ? DEFAULT_SEED : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed takes a whole number.');
  const rounds = values.rounds === undefined ? DEFAULT_ROUNDS : Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS) {
    throw new Error(`--rounds takes a whole number from 1 to ${MOST_ROUNDS}.`);
  }
  const unknown = positionals.find((name) => !(name in DRILLS));
  if (unknown) throw new Error(`There is no drill "${unknown}". There are: ${Object.keys(DRILLS).join(', ')}.`);
  return { seed, rounds, short: values.short, names: positionals.length > 0 ? positionals : Object.keys(DRILLS) };
}

/** Runs the drills that were named. Returns whether everything held. */
async function runAll(): Promise<boolean> {
  const { names, ...options } = readArguments();
  let held = true;
  let stop: (() => Promise<void>) | null = null;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void Promise.resolve(stop?.()).finally(() => process.exit(130)));
  }
  for (const name of names) {
    const say = (text: string) => console.log(`  ${name}: ${text}`);
    const opened = (way: () => Promise<void>) => {
      stop = way;
    };
    const drilled = await DRILLS[name]?.({ ...options, say, opened });
    stop = null;
    if (!drilled) continue;
    console.log(`\n${name}\n${tableOf(drilled)}`);
    held =
      held && drilled.faults.length === 0 && drilled.outcomes.every((one) => one.reached && one.faults.length === 0);
  }
  return held;
}

try {
  if (!(await runAll())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
