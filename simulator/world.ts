/**
 * A world of its own clock in which everything happens one step at a time: statements, answers of Stripe, timers. The
 * seed decides which of those that could come next does, and what goes wrong.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type Random, seeded } from './random.ts';

/** What waits to be done. `run` does it, or says that it must wait still. */
export type Step = {
  readonly process: Process | null;
  readonly label: string;
  /** False: something holds it up, and it stays where it is. */
  readonly run: () => boolean;
  readonly ready: () => boolean;
};

/** One of our processes. Dead ones never answer again. */
export type Process = {
  readonly name: string;
  alive: boolean;
  /** Callers who hear of its death as a lost connection. */
  readonly callers: Set<(error: Error) => void>;
  /** Undoes what its connections had open. */
  readonly onDeath: (() => void)[];
};

/** How often each kind of accident happens, per step. */
export type Weather = {
  readonly deadlocks: number;
  readonly lostConnections: number;
  readonly lostCommits: number;
  readonly deaths: number;
  readonly stripeAway: number;
  readonly lostEvents: number;
};
export const CALM: Weather = {
  deadlocks: 0,
  lostConnections: 0,
  lostCommits: 0,
  deaths: 0,
  stripeAway: 0,
  lostEvents: 0,
};

/** Steps of which the newest are kept for a report. */
const TAIL = 120;
/** More than any seed needs: what goes on longer goes round in circles. */
const STEPS_MAX = 60_000;
const BEGIN_MS = Date.UTC(2026, 10, 21, 12);

type Timer = { readonly id: number; readonly atMs: number; readonly call: () => void };

export type World = ReturnType<typeof makeWorld>;

/** FNV-1a, 32 bits, over UTF-16 units. */
function hashed(hash: number, text: string): number {
  let next = hash;
  for (let at = 0; at < text.length; at += 1) next = Math.imul(next ^ text.charCodeAt(at), 0x01000193);
  return next >>> 0;
}

/** Makes a world. Nothing moves before `drive`. */
export function makeWorld(seed: number, random: Random = seeded(seed)) {
  const steps: Step[] = [];
  let timers: Timer[] = [];
  const tail: string[] = [];
  const state = { nowMs: BEGIN_MS, steps: 0, hash: 0x811c9dc5, timerId: 0, weather: CALM };

  const note = (line: string): void => {
    state.hash = hashed(state.hash, line);
    tail.push(`${state.steps} +${state.nowMs - BEGIN_MS} ms ${line}`);
    if (tail.length > TAIL) tail.shift();
  };
  const later = (call: () => void, delayMs = 0): number => {
    state.timerId += 1;
    timers.push({ id: state.timerId, atMs: state.nowMs + Math.max(0, Math.round(delayMs)), call });
    return state.timerId;
  };

  function fire(timer: Timer): void {
    timers = timers.filter((one) => one !== timer);
    state.nowMs = Math.max(state.nowMs, timer.atMs);
    timer.call();
  }
  const nextTimer = (): Timer | undefined =>
    timers.reduce<Timer | undefined>((first, timer) => (first && first.atMs <= timer.atMs ? first : timer), undefined);

  /** Does one thing. False where there is nothing that could be done. */
  function advance(): boolean {
    const ready = steps.filter((step) => step.ready());
    const timer = nextTimer();
    if (timer && (ready.length === 0 || timer.atMs <= state.nowMs)) {
      fire(timer);
      return true;
    }
    if (ready.length === 0) return false;
    const step = random.pick(ready);
    state.steps += 1;
    state.nowMs += random.below(4);
    if (step.run()) {
      const at = steps.indexOf(step);
      if (at >= 0) steps.splice(at, 1);
    }
    return true;
  }

  return {
    seed,
    random,
    state,
    tail,
    note,
    later,
    cancel: (id: number) => {
      timers = timers.filter((timer) => timer.id !== id);
    },
    submit: (step: Step) => void steps.push(step),
    now: () => new Date(state.nowMs),
    /** Ends a process between two of its statements: what it had open is undone, its callers hear nothing. */
    kill(process: Process): void {
      if (!process.alive) return;
      process.alive = false;
      note(`${process.name} dies`);
      for (let at = steps.length - 1; at >= 0; at -= 1) if (steps[at]?.process === process) steps.splice(at, 1);
      for (const undo of process.onDeath) undo();
      const callers = [...process.callers];
      process.callers.clear();
      for (const tell of callers) tell(Object.assign(new Error('the process died'), { code: 'ECONNRESET' }));
    },
    /** Lets things happen until `done` says so. Throws where nothing can move, or no end comes. */
    async drive(done: () => boolean): Promise<void> {
      for (;;) {
        // Everything that follows from the last step without asking anybody has happened after this.
        await new Promise((resolve) => setImmediate(resolve));
        if (done()) return;
        if (state.steps > STEPS_MAX) throw new Error('no end: it goes round in circles');
        if (!advance()) throw new Error('nothing can move any more');
      }
    },
  };
}

let chance: Random | null = null;
let replaced = false;

/** Ids and codes are drawn from the world's chance while one is entered. */
function replaceRandomBytes(): void {
  if (replaced) return;
  replaced = true;
  const real = crypto.randomBytes;
  const drawn = (size: number): Buffer => {
    if (!chance) return real(size);
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size; at += 1) bytes[at] = chance.below(256);
    return bytes;
  };
  Object.assign(crypto, { randomBytes: drawn });
  syncBuiltinESMExports();
}

/** Puts the world's clock and chance in the place of the real ones. Returns how to take them away again. */
export function enter(world: World): () => void {
  replaceRandomBytes();
  // A stream of its own: how many bytes an id has does not move the schedule.
  chance = seeded(world.seed + 1);
  const real = { Date, setTimeout, clearTimeout, random: Math.random };
  class WorldDate extends Date {
    constructor(...given: [] | [number | string | Date]) {
      super(given[0] ?? world.state.nowMs);
    }
    static override now(): number {
      return world.state.nowMs;
    }
  }
  const timer = (call: () => void, delayMs?: number) => world.later(call, delayMs);
  Object.assign(globalThis, { Date: WorldDate, setTimeout: timer, clearTimeout: (id: number) => world.cancel(id) });
  Math.random = world.random.next;
  return () => {
    Object.assign(globalThis, { Date: real.Date, setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Math.random = real.random;
    chance = null;
  };
}
