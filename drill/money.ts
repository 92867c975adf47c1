/** The drill of money: processes die at named points under sales, and afterwards the books must add up. */
import { seeded } from '../test/kit/random.ts';
import { checkBooks } from './money/books.ts';
import { strike } from './money/kill.ts';
import { fillWallets, planShow, startLoad } from './money/load.ts';
import { planOf, type Round } from './money/plan.ts';
import { POINTS } from './money/points.ts';
import { type Scene, startScene } from './money/scene.ts';
import { atRest, settled } from './money/settle.ts';

/** Load before the trap is set, and after the kill, milliseconds. */
const BEFORE_MS = 300;
const AFTER_MS = 700;
/** How often a point that was not reached is tried again. */
const TRIES = 2;

export type Outcome = Round & {
  /** False: the point was never reached, so nothing was tried. */
  readonly reached: boolean;
  readonly faults: readonly string[];
  /** From the kill until everything was at rest, milliseconds. */
  readonly restMs: number;
  /** Requests that clients had to send again. */
  readonly repeats: number;
};
export type Drilled = {
  readonly seed: number;
  readonly outcomes: readonly Outcome[];
  /** What only the last check found, after the last notice was delivered. */
  readonly faults: readonly string[];
  readonly deeds: number;
  readonly acknowledged: number;
  readonly mailsTwice: number;
};
export type Options = {
  readonly seed: number;
  /** Rounds of each point and process. */
  readonly rounds: number;
  /** Each point once, with one process: for CI. */
  readonly short: boolean;
  readonly say: (text: string) => void;
  /** Gets the way to stop the install, for whoever is interrupted: its services outlive this process. */
  readonly opened?: (stop: () => Promise<void>) => void;
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Sets the trap and kills. Returns when, or null where the point was not reached. */
async function trapAndKill(scene: Scene, round: Round, show: string, say: Options['say']): Promise<number | null> {
  const random = seeded(round.seed);
  for (let tries = 1; ; tries += 1) {
    const begun = scene.traps.length;
    try {
      const stand = await POINTS[round.point]({ scene, random, show });
      await strike(scene, round.victim, stand);
      const at = Date.now();
      await stand.release();
      await pause(AFTER_MS);
      await stand.afterwards();
      return at;
    } catch (error) {
      say(`${round.point} (${round.victim}), try ${tries}: ${words(error)}`);
      await scene.standin.command('outage', null);
      await scene.standin.command('faults', {});
      scene.mails.slow = null;
      for (const deed of scene.traps.slice(begun)) if (deed.state === 'asked') deed.state = 'gone';
      if (tries === TRIES) return null;
    }
  }
}

async function play(scene: Scene, round: Round, { short, say }: Options): Promise<Outcome> {
  const before = scene.repeats();
  const show = await planShow(scene, seeded(round.seed));
  const load = startLoad(scene, round.seed + 1, show);
  await pause(BEFORE_MS);
  const at = await trapAndKill(scene, round, show, say);
  const unfinished = await load.finish();
  const faults = [...unfinished.map((what) => `a client could not finish: ${what}`)];
  try {
    await settled(scene);
    faults.push(...(await checkBooks(scene, { last: false, proof: !short })).faults);
  } catch (error) {
    faults.push(words(error));
  }
  return {
    ...round,
    reached: at !== null,
    faults,
    restMs: Date.now() - (at ?? Date.now()),
    repeats: scene.repeats() - before,
  };
}

/** Plays the whole plan of a seed on one install. `after` gets the install at rest, all checked. */
export async function drillMoney(options: Options, after?: (scene: Scene) => Promise<void>): Promise<Drilled> {
  const { seed, rounds, short, say } = options;
  const plan = planOf(seed, rounds, short);
  say(`seed ${seed}, ${plan.length} rounds`);
  const scene = await startScene(say);
  options.opened?.(scene.stop);
  try {
    await fillWallets(scene, seeded(seed));
    const outcomes: Outcome[] = [];
    const known = new Set<string>();
    for (const round of plan) {
      const played = await play(scene, round, options);
      // What was lost before is the earlier round's.
      const outcome = { ...played, faults: played.faults.filter((fault) => !known.has(fault)) };
      for (const fault of outcome.faults) known.add(fault);
      outcomes.push(outcome);
      const result =
        outcome.faults.length > 0 ? `LOST: ${outcome.faults.join('\n    ')}` : outcome.reached ? 'held' : 'NOT REACHED';
      say(
        `${outcomes.length}/${plan.length} ${round.point} (${round.victim}): ${result}, at rest after ${(outcome.restMs / 1000).toFixed(1)} s`,
      );
    }
    const faults: string[] = [];
    await atRest(scene, short).catch((error: unknown) => void faults.push(words(error)));
    const books = await checkBooks(scene, { last: true, proof: true });
    await after?.(scene);
    const acknowledged = scene.deeds.filter(({ state }) => state === 'done').length;
    return {
      seed,
      outcomes,
      faults: [...faults, ...books.faults],
      deeds: scene.deeds.length,
      acknowledged,
      mailsTwice: books.mailsTwice,
    };
  } finally {
    await scene.stop();
  }
}
