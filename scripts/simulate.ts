/**
 * `npm run simulate -- [--seeds N] [--from S] [--bug NAME|all] [--database N]`: runs the money of seeds in a model, prints
 * what does not add up, and how to see it again.
 */
import { parseArgs } from 'node:util';
import { BUGS } from '../simulator/bugs.ts';
import { withBug } from '../simulator/planting.ts';
import { type Ran, runSeed } from '../simulator/seed.ts';
import { runMain, SetupError } from './setup/say.ts';

const SEEDS = 1000;
/** A planted bug must be found in so many. */
const BUG_SEEDS = 2000;
/** Failing seeds that are printed in full, and the steps of each. */
const SHOWN = 3;
const TAIL = 60;
const PROGRESS = 5000;

function show({ seed, problems, hash, tail }: Ran): void {
  console.log(`\nseed ${seed} (${hash}) does not add up:\n  ${problems.join('\n  ')}`);
  console.log(`its last steps:\n  ${tail.slice(-TAIL).join('\n  ')}`);
  console.log(`again: npm run simulate -- --from ${seed} --seeds 1`);
}

async function clean(from: number, seeds: number): Promise<boolean> {
  const began = performance.now();
  let failed = 0;
  let steps = 0;
  let transfers = 0;
  let hashes = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const ran = await runSeed(seed);
    steps += ran.steps;
    transfers += ran.transfers;
    hashes = Math.imul(hashes ^ Number.parseInt(ran.hash, 16), 0x01000193) >>> 0;
    if (ran.problems.length > 0) failed += 1;
    if (ran.problems.length > 0 && failed <= SHOWN) show(ran);
    const done = seed - from + 1;
    if (done % PROGRESS === 0) console.log(`${done} seeds, ${failed} violations`);
  }
  const milliseconds = (performance.now() - began) / seeds;
  const processor = process.cpuUsage().user / 1000 / seeds;
  console.log(
    `${seeds} seeds from ${from}: ${failed} violations; ${milliseconds.toFixed(1)} ms a seed (${processor.toFixed(1)} ms of processor), ` +
      `${Math.round(steps / seeds)} steps and ${Math.round(transfers / seeds)} transfers a seed; hash of all steps ${hashes.toString(16)}`,
  );
  return failed === 0;
}

/** Runs seeds until one shows the bug; it is seen again in the same seed, step by step. */
async function hunt(name: string, from: number, seeds: number): Promise<boolean> {
  const simulator = await withBug(name);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const ran = await simulator.runSeed(seed);
    if (ran.problems.length === 0) continue;
    const again = await simulator.runSeed(seed);
    const same = again.hash === ran.hash;
    console.log(
      `${name}: found in seed ${seed}, after ${seed - from + 1}${same ? '' : ', BUT NOT AGAIN'}: ${ran.problems[0]?.split('\n')[0]}`,
    );
    return same;
  }
  console.log(`${name}: NOT FOUND in ${seeds} seeds`);
  return false;
}

async function huntAll(from: number, seeds: number): Promise<boolean> {
  let all = true;
  for (const { name } of BUGS) all = (await hunt(name, from, seeds)) && all;
  console.log(`${BUGS.length} planted bugs: ${all ? 'each found' : 'NOT ALL FOUND'}`);
  return all;
}

async function onDatabase(from: number, seeds: number): Promise<boolean> {
  const [{ startStack }, { agree }] = await Promise.all([import('../test/kit/db.ts'), import('../simulator/agree.ts')]);
  const stack = await startStack();
  try {
    const began = performance.now();
    const problems = await agree(stack, from, seeds);
    for (const problem of problems.slice(0, 20)) console.log(problem);
    const milliseconds = (performance.now() - began) / seeds;
    console.log(
      `${seeds} seeds on MariaDB and in the model: ${problems.length} differences; ${milliseconds.toFixed(0)} ms a seed`,
    );
    return problems.length === 0;
  } finally {
    await stack.stop();
  }
}

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      bug: { type: 'string' },
      database: { type: 'string' },
      begun: { type: 'string' },
      downloaded: { type: 'string' },
    },
  });
  const whole = (text: string | undefined, otherwise: number): number => {
    const number = Number(text ?? otherwise);
    if (!Number.isSafeInteger(number) || number < 1) throw new SetupError(`"${text}" is not a number of seeds.`);
    return number;
  };
  const from = whole(values.from, 1);
  let good: boolean;
  if (values.database !== undefined) good = await onDatabase(from, whole(values.database, 20));
  else if (values.bug === 'all') good = await huntAll(from, whole(values.seeds, BUG_SEEDS));
  else if (values.bug !== undefined) good = await hunt(values.bug, from, whole(values.seeds, BUG_SEEDS));
  else good = await clean(from, whole(values.seeds, SEEDS));
  if (!good) process.exitCode = 1;
});
