/** `npm run bench [-- NAME …] [--quick] [--seconds N] [--seed N]`: measures, prints, and writes docs/performance.md. */
import { parseArgs } from 'node:util';
import { addresses } from '../bench/addresses.ts';
import { codes } from '../bench/codes.ts';
import { cpu } from '../bench/cpu.ts';
import { events } from '../bench/events.ts';
import { hotCreator } from '../bench/hot-creator.ts';
import { kills, killsEnv } from '../bench/kills.ts';
import { latency } from '../bench/latency.ts';
import { ledger } from '../bench/ledger.ts';
import { type BenchInstall, startBenchInstall } from '../bench/lib/bench-install.ts';
import { describeMachine, load } from '../bench/lib/machine.ts';
import { onInterrupt } from '../bench/lib/process.ts';
import { type Entry, publishResults } from '../bench/lib/report.ts';
import type { Findings, Options } from '../bench/lib/result.ts';
import { memory } from '../bench/memory.ts';
import { reconnect } from '../bench/reconnect.ts';
import { scaling } from '../bench/scaling.ts';
import { soak, soakEnv } from '../bench/soak.ts';
import { start } from '../bench/start.ts';
import { verify } from '../bench/verify.ts';
import { viewers } from '../bench/viewers.ts';
import { webhook } from '../bench/webhook.ts';

type Benchmark = {
  readonly title: string;
  /** It takes so long that it runs only where it is named. */
  readonly onlyByName?: boolean;
} & (
  | { readonly alone: (options: Options) => Promise<Findings> }
  | {
      readonly onInstall: (options: Options, install: BenchInstall) => Promise<Findings>;
      /** Variables of its install, as in `.env`. */
      readonly env?: Readonly<Record<string, string>>;
    }
);

const DEFAULT_SEED = 20_261_121;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  latency: { title: 'From the camera to the screen', onInstall: latency },
  addresses: { title: 'Signed media addresses', alone: addresses },
  codes: { title: 'Validating an access code', onInstall: codes },
  viewers: { title: 'Four hundred viewers', onInstall: viewers },
  start: { title: 'The show begins', onInstall: start },
  reconnect: { title: 'The encoder comes back', onInstall: reconnect },
  kills: { title: 'Killed while somebody watches', onInstall: kills, env: killsEnv },
  soak: { title: 'An hour of bad luck', onInstall: soak, env: soakEnv, onlyByName: true },
  cpu: { title: 'Twenty streams', alone: cpu },
  memory: { title: 'Memory of a stream', alone: memory },
  scaling: { title: 'From one stream to forty', alone: scaling },
  events: { title: 'Stripe in any order', alone: events, onlyByName: true },
  webhook: { title: 'Paid, and the code is there', onInstall: webhook },
  ledger: { title: 'Wallet transfers', alone: ledger },
  'hot-creator': { title: 'Everybody tips one creator', alone: hotCreator },
  verify: { title: 'Proving the ledger', alone: verify },
};

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      // Given by scripts/run.sh to every verb.
      begun: { type: 'string' },
      downloaded: { type: 'string' },
    },
  });
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  if (seconds !== null && !(seconds >= 1 && seconds <= 3600))
    throw new Error('--seconds takes a number from 1 to 3600.');
  const seed = values.seed === undefined ? DEFAULT_SEED : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed takes a whole number.');
  const unknown = positionals.find((name) => !(name in BENCHMARKS));
  if (unknown) throw new Error(`There is no benchmark "${unknown}". There are: ${Object.keys(BENCHMARKS).join(', ')}.`);
  const short = Object.keys(BENCHMARKS).filter((name) => !BENCHMARKS[name]?.onlyByName);
  return { quick: values.quick, seconds, seed, names: positionals.length > 0 ? positionals : short };
}

function print(name: string, findings: Findings): void {
  for (const row of findings.rows) {
    const beside = row.beside ? `   beside: ${row.beside}` : '';
    const target = row.target ? `   [${row.target}: ${row.reached ? 'reached' : 'NOT REACHED'}]` : '';
    console.log(`${name}: ${row.what}: ${row.measured}${beside}${target}`);
  }
  for (const note of findings.notes) console.log(`  ${note}`);
}

async function runAll(): Promise<void> {
  const { quick, seconds, seed, names } = readArguments();
  const machine = await describeMachine();
  console.log(machine);
  const length = seconds === null ? '' : ` --seconds ${seconds}`;
  const luck = seed === DEFAULT_SEED ? '' : ` --seed ${seed}`;
  const results: Record<string, Entry> = {};
  let install: BenchInstall | null = null;
  // The services of an install outlive this process unless they are stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      const stops = [install?.stop(), ...[...onInterrupt].map((stop) => stop())];
      void Promise.allSettled(stops).finally(() => process.exit(130));
    });
  }
  try {
    for (const name of names) {
      const benchmark = BENCHMARKS[name];
      if (!benchmark) continue;
      const options: Options = { quick, seconds, seed, say: (text) => console.log(`  ${name}: ${text}`) };
      const sinceMs = Date.now();
      const begun = { takenAt: new Date().toISOString(), load: load() };
      let findings: Findings;
      if ('alone' in benchmark) findings = await benchmark.alone(options);
      else {
        // One install for each: what one measures must not wait for another's show to end.
        install = await startBenchInstall(benchmark.env);
        findings = await benchmark.onInstall(options, install);
        await install.stop();
        install = null;
      }
      print(name, findings);
      options.say(`took ${Math.round((Date.now() - sinceMs) / 1000)} s`);
      results[name] = {
        title: benchmark.title,
        ...begun,
        machine,
        command: `npm run bench -- ${name}${length}${luck}`,
        ...findings,
      };
    }
  } finally {
    await install?.stop();
  }
  if (!quick) console.log(`Written: ${publishResults(results, Object.keys(BENCHMARKS))}`);
}

try {
  await runAll();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof Error && error.cause) console.error(error.cause);
  process.exitCode = 1;
}
