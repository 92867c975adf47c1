/** Pure rules of the ingest doctor: which advice a creator needs, by the second. */
import { Advice, type Light, type RungState } from '#contract/health.ts';
import type { InputReading } from './meter.ts';

/** One second of a show. Times in milliseconds; `clockMs` is monotonic. */
export type Sample = {
  readonly clockMs: number;
  /** null while nobody publishes. */
  readonly input: Omit<InputReading, 'encoder'> | null;
  readonly rungs: readonly { readonly state: RungState; readonly speed: number | null }[];
  /** A recording is wanted and none is being made. */
  readonly recordingFailed: boolean;
  /** Since an encoder was sent away for its codec, and since another encoder wanted in; null: not in sight. */
  readonly wrongCodecAgoMs: number | null;
  readonly otherEncoderAgoMs: number | null;
};

/** `unsure` changes nothing: it neither brings an advice nearer nor takes it away. */
export type Verdict = 'good' | 'unsure' | 'bad';

type Rule = {
  readonly light: Light;
  /** How long it has to be bad before it is said, and good before it is taken back, milliseconds. */
  readonly raiseAfterMs: number;
  readonly clearAfterMs: number;
  readonly judge: (sample: Sample) => Verdict;
};

type Input = NonNullable<Sample['input']>;

/** A stream that has only begun shows nothing yet. */
const STARTING_MS = 3000;
/** A track is missed after this long, while the other one still came this recently. */
const TRACK_MISSED_MS = 3000;
const TRACK_THERE_MS = 2000;
/** Further behind than a network's jitter. */
const FALLING_MS = 500;
const KEPT_UP_MS = 350;
/** Slower than this an encoder of ours falls behind for good. */
const SLOW_SPEED = 0.97;
const FULL_SPEED = 0.99;
const LONGEST_KEYFRAME_INTERVAL_MS = 4500;
const GOOD_KEYFRAME_INTERVAL_MS = 4200;
const RISES = 3;
/** Shares of the nominal frame rate. */
const LOW_FPS = 0.9;
const GOOD_FPS = 0.95;
/** Kilobits a second between the keyframes, below which hardly anything moves. */
const STILL_KILOBITS = 100;
/** How long the two events are remembered. */
const WRONG_CODEC_MS = 60_000;
const OTHER_ENCODER_MS = 60_000;

const when = (bad: boolean, good = !bad): Verdict => (bad ? 'bad' : good ? 'good' : 'unsure');
const recent = (agoMs: number | null, limitMs: number) => when(agoMs !== null && agoMs < limitMs);

/** A rule about what an encoder sends: it holds only while one does. */
const ofInput =
  (judge: (input: Input) => Verdict) =>
  ({ input }: Sample): Verdict => {
    if (!input) return 'good';
    return input.runningMs < STARTING_MS ? 'unsure' : judge(input);
  };

const missing = (sinceMs: number, otherSinceMs: number) =>
  when(sinceMs >= TRACK_MISSED_MS && otherSinceMs < TRACK_THERE_MS, sinceMs < TRACK_THERE_MS);

function judgeSpeed({ input, rungs }: Sample): Verdict {
  if (!input || rungs.length === 0) return 'good';
  if (rungs.some(({ state }) => state === 'shed')) return 'bad';
  const speeds = rungs.flatMap(({ state, speed }) => (state === 'on' && speed !== null ? [speed] : []));
  const slowest = Math.min(1, ...speeds);
  return when(slowest < SLOW_SPEED, slowest >= FULL_SPEED);
}

function judgeFps({ fps, nominalFps, movingKilobits }: Input): Verdict {
  // A phone that shows its screen sends no frame while nothing changes, and nobody misses one.
  if (movingKilobits !== null && movingKilobits < STILL_KILOBITS) return 'good';
  if (fps === null || nominalFps === null) return 'unsure';
  return when(fps < nominalFps * LOW_FPS, fps >= nominalFps * GOOD_FPS);
}

function judgeKeyframes({ keyframeIntervalMs }: Input): Verdict {
  if (keyframeIntervalMs === null) return 'unsure';
  return when(keyframeIntervalMs > LONGEST_KEYFRAME_INTERVAL_MS, keyframeIntervalMs <= GOOD_KEYFRAME_INTERVAL_MS);
}

/** Every rule there is; the advice's place in the contract is its urgency. */
export const RULES: Readonly<Record<Advice, Rule>> = {
  // Two events: they are remembered for a time of their own.
  wrong_codec: {
    ...{ light: 'red', raiseAfterMs: 0, clearAfterMs: 0 },
    judge: ({ wrongCodecAgoMs }) => recent(wrongCodecAgoMs, WRONG_CODEC_MS),
  },
  two_encoders: {
    ...{ light: 'amber', raiseAfterMs: 0, clearAfterMs: 0 },
    judge: ({ otherEncoderAgoMs }) => recent(otherEncoderAgoMs, OTHER_ENCODER_MS),
  },
  upload_slow: {
    ...{ light: 'red', raiseAfterMs: 1500, clearAfterMs: 5000 },
    judge: ofInput(({ fallingMs }) => when(fallingMs >= FALLING_MS, fallingMs < KEPT_UP_MS)),
  },
  machine_slow: { light: 'amber', raiseAfterMs: 3000, clearAfterMs: 10_000, judge: judgeSpeed },
  no_video: {
    ...{ light: 'red', raiseAfterMs: 0, clearAfterMs: 2000 },
    judge: ofInput(({ sinceVideoMs, sinceAudioMs }) => missing(sinceVideoMs, sinceAudioMs)),
  },
  no_audio: {
    ...{ light: 'amber', raiseAfterMs: 0, clearAfterMs: 2000 },
    judge: ofInput(({ sinceVideoMs, sinceAudioMs }) => missing(sinceAudioMs, sinceVideoMs)),
  },
  // A noise gate makes pauses in speech wholly silent; nobody pauses this long.
  silent_audio: {
    ...{ light: 'amber', raiseAfterMs: 6500, clearAfterMs: 1500 },
    judge: ({ input }) => when(input?.audio === 'silent'),
  },
  // Scene changes put keyframes in between: a short interval alone is no cure.
  keyframe_interval: {
    ...{ light: 'amber', raiseAfterMs: 0, clearAfterMs: 10_000 },
    judge: ofInput(judgeKeyframes),
  },
  bitrate_unstable: {
    ...{ light: 'amber', raiseAfterMs: 0, clearAfterMs: 5000 },
    judge: ofInput(({ bitrateRises }) => when(bitrateRises >= RISES, bitrateRises <= 1)),
  },
  fps_low: { light: 'amber', raiseAfterMs: 1500, clearAfterMs: 5000, judge: ofInput(judgeFps) },
  not_transcoded: {
    ...{ light: 'amber', raiseAfterMs: 3000, clearAfterMs: 3000 },
    judge: ({ input, rungs }) =>
      when(input !== null && rungs.length > 0 && rungs.every(({ state }) => state === 'off')),
  },
  not_recorded: {
    ...{ light: 'amber', raiseAfterMs: 3000, clearAfterMs: 0 },
    judge: ({ input, recordingFailed }) => when(input !== null && recordingFailed),
  },
  b_frames: {
    ...{ light: 'green', raiseAfterMs: 1500, clearAfterMs: 5000 },
    judge: ofInput(({ bFrames }) => when(bFrames)),
  },
};

/** `turningMs`: since when the opposite has held without a break. */
type Turn = { readonly on: boolean; readonly turningMs: number | null };
/** What has to be remembered from second to second. */
export type Memory = Readonly<Record<Advice, Turn>>;

const OFF: Turn = { on: false, turningMs: null };
/** Of a show of which nothing is known. */
export const HEALTHY = Object.fromEntries(Advice.options.map((advice) => [advice, OFF])) as Memory;

/** One advice's next state. Worse verdicts never lead to a better state. */
export function turn(
  { on, turningMs }: Turn,
  verdict: Verdict,
  clockMs: number,
  { raiseAfterMs, clearAfterMs }: Pick<Rule, 'raiseAfterMs' | 'clearAfterMs'>,
): Turn {
  if (verdict !== (on ? 'good' : 'bad')) return { on, turningMs: null };
  const sinceMs = turningMs ?? clockMs;
  const over = clockMs - sinceMs >= (on ? clearAfterMs : raiseAfterMs);
  return over ? { on: !on, turningMs: null } : { on, turningMs: sinceMs };
}

export type Diagnosis = { readonly memory: Memory; readonly advices: readonly Advice[]; readonly light: Light };

/** Advice about what an encoder sends goes with the encoder. */
const OF_BROADCAST: ReadonlySet<Advice> = new Set(
  Advice.options.filter((advice) => advice !== 'wrong_codec' && advice !== 'two_encoders'),
);
const BY_WEIGHT: readonly Light[] = ['green', 'amber', 'red'];

/** What to tell the creator after this second. Samples have to come in the order of their clock. */
export function diagnose(before: Memory, sample: Sample): Diagnosis {
  const turns = Advice.options.map((advice): [Advice, Turn] => {
    if (!sample.input && OF_BROADCAST.has(advice)) return [advice, OFF];
    const rule = RULES[advice];
    return [advice, turn(before[advice], rule.judge(sample), sample.clockMs, rule)];
  });
  const advices = turns.filter(([, { on }]) => on).map(([advice]) => advice);
  const weight = Math.max(0, ...advices.map((advice) => BY_WEIGHT.indexOf(RULES[advice].light)));
  return { memory: Object.fromEntries(turns) as Memory, advices, light: BY_WEIGHT[weight] ?? 'green' };
}
