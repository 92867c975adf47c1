/** One show's ingest doctor: takes a reading a second, remembers ten minutes, and knows what to advise now. */
import type { Advice, HealthReport, Light, RungState, StreamHealth } from '#contract/health.ts';
import { History } from './history.ts';
import type { InputReading } from './meter.ts';
import { diagnose, HEALTHY, type Memory } from './rules.ts';

/** A transcoded rendition as the ladder reports it. */
export type Rung = {
  readonly name: string;
  readonly height: number;
  readonly state: RungState;
  readonly speed: number | null;
};

export type Observation = {
  readonly atMs: number;
  /** Monotonic milliseconds. */
  readonly clockMs: number;
  /** null while nobody publishes. */
  readonly input: InputReading | null;
  readonly rungs: readonly Rung[];
  readonly recordingFailed: boolean;
  readonly viewersByRendition: ReadonlyMap<string, number>;
  readonly devices: number;
};

/** A broadcast that lasted this long has a codec that we can take, milliseconds. */
const GOOD_BROADCAST_MS = 3000;

export function createDoctor() {
  const history = new History();
  let memory: Memory = HEALTHY;
  let advices: readonly Advice[] = [];
  let light: Light = 'green';
  let last: Observation | null = null;
  let wrongCodecMs: number | null = null;
  let otherEncoderMs: number | null = null;

  /** Returns true where the advice or the light has changed. */
  function decide({ clockMs, input, rungs, recordingFailed }: Omit<Observation, 'atMs'>): boolean {
    const ago = (eventMs: number | null) => (eventMs === null ? null : clockMs - eventMs);
    const found = diagnose(memory, {
      ...{ clockMs, input, rungs, recordingFailed },
      wrongCodecAgoMs: ago(wrongCodecMs),
      otherEncoderAgoMs: ago(otherEncoderMs),
    });
    const changed = found.light !== light || found.advices.join() !== advices.join();
    ({ memory, advices, light } = found);
    return changed;
  }

  /** Says at once what an event means, with the last reading for the rest. */
  function event(clockMs: number): void {
    const nothing = { input: null, rungs: [], recordingFailed: false, viewersByRendition: new Map(), devices: 0 };
    decide({ ...(last ?? nothing), clockMs });
  }

  return {
    get advices() {
      return advices;
    },
    get light() {
      return light;
    },

    /** An encoder was sent away because of what it sends. `clockMs` is monotonic, here and below. */
    wrongCodec(clockMs: number): void {
      wrongCodecMs = clockMs;
      event(clockMs);
    },

    /** A second encoder wants in while one sends. */
    otherEncoder(clockMs: number): void {
      otherEncoderMs = clockMs;
      event(clockMs);
    },

    /** Once a second. Returns true where the advice or the light has changed. */
    observe(seen: Observation): boolean {
      if (seen.input && seen.input.runningMs >= GOOD_BROADCAST_MS) wrongCodecMs = null;
      const changed = decide(seen);
      last = seen;
      const { input } = seen;
      history.add({
        atMs: seen.atMs,
        kilobitsPerSecond: input && Math.round(input.kilobitsPerSecond),
        fps: input && round(input.arrivedFps, 1),
        behindMs: input && Math.round(input.behindMs),
        gaps: input?.gaps ?? 0,
        speed: slowest(seen.rungs),
        devices: seen.devices,
        light,
      });
      return changed;
    },

    /** `sinceMs`: only what is later, Unix milliseconds. */
    report(sinceMs: number, nowMs: number): HealthReport {
      return { now: health(last, light, advices, nowMs), history: history.since(sinceMs) };
    },

    /** The last reading; null before the first. */
    get last() {
      return last;
    },
  };
}

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

function slowest(rungs: readonly Rung[]): number | null {
  const speeds = rungs.flatMap(({ speed }) => (speed === null ? [] : [speed]));
  return speeds.length > 0 ? round(Math.min(...speeds), 2) : null;
}

function health(seen: Observation | null, light: Light, advices: readonly Advice[], nowMs: number): StreamHealth {
  const viewers = (name: string) => seen?.viewersByRendition.get(name) ?? 0;
  const source = { name: 'source', height: seen?.input?.height ?? null, state: seen?.input ? 'on' : 'off' } as const;
  const rungs = (seen?.rungs ?? []).map(({ name, height, state }) => ({ name, height, state, viewers: viewers(name) }));
  return {
    atMs: seen?.atMs ?? nowMs,
    light,
    advices: [...advices],
    input: seen?.input ? inputHealth(seen.input, seen.rungs) : null,
    renditions: [{ ...source, viewers: viewers('source') }, ...rungs],
    devices: seen?.devices ?? 0,
  };
}

function inputHealth(input: InputReading, rungs: readonly Rung[]): NonNullable<StreamHealth['input']> {
  const { encoder, videoCodec, audioCodec, width, height, gaps, audio, bFrames } = input;
  return {
    ...{ encoder, videoCodec, audioCodec, width, height, gaps, audio, bFrames },
    nominalFps: input.nominalFps === null ? null : round(input.nominalFps, 2),
    fps: videoCodec === null ? null : round(input.arrivedFps, 1),
    kilobitsPerSecond: Math.round(input.kilobitsPerSecond),
    audioKilobitsPerSecond: Math.round(input.audioKilobitsPerSecond),
    keyframeIntervalMs: input.keyframeIntervalMs === null ? null : Math.round(input.keyframeIntervalMs),
    behindMs: Math.round(input.behindMs),
    speed: slowest(rungs),
  };
}
