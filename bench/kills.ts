/** `kill -9` at random instants while somebody watches: the longest time without a new frame on screen. */
import { obs } from '../test/kit/obs.ts';
import { processTree } from '../test/kit/process-tree.ts';
import { clip } from '../test/kit/publisher.ts';
import { seeded } from '../test/kit/random.ts';
import { playRound, type Round, VICTIMS } from './kills/rounds.ts';
import { type BenchInstall, waitForShow } from './lib/bench-install.ts';
import { until } from './lib/process.ts';
import { type Findings, milliseconds, type Options, type Row } from './lib/result.ts';
import { median, percentile } from './lib/stats.ts';
import { startViewer } from './lib/viewer.ts';

const ROUNDS = 20;
const QUICK_ROUNDS = 1;
/** What `--seconds` counts for one round of all four kinds. */
const SECONDS_A_ROUND = 50;
const MEDIA_TARGET_MS = 6_000;
/** A keyframe interval: the instants lie anywhere in a group of pictures. */
const MOST_DELAY_MS = 2_000;
const PICTURE_LIMIT_MS = 60_000;
const SOURCE = { width: 854, height: 480, fps: 30, keyframeSeconds: 2 };
const TRANSCODER_LIMIT_MS = 30_000;

/** One lower rendition, whatever the machine. */
export const killsEnv = { STAGEDOOR_LADDER: '360' };

const spread = (values: readonly number[]) =>
  [Math.min(...values), median(values), percentile(values, 0.95), Math.max(...values)].map(milliseconds).join(' / ');

function tableRows(rounds: readonly Round[]): Row[] {
  const returns = rounds.flatMap(({ afterReturnMs }) => afterReturnMs ?? []);
  const kills = rounds.flatMap(({ afterKillMs }) => afterKillMs ?? []);
  const unhealed = rounds.filter(({ healed }) => !healed).length;
  const plain = { beside: '', target: '', reached: null };
  return [
    ...VICTIMS.map((victim) => {
      const gaps = rounds.filter((one) => one.victim === victim).map(({ gapMs }) => gapMs);
      return { ...plain, what: `${victim}: longest time without a new frame`, measured: spread(gaps) };
    }),
    {
      what: 'media killed: encoder back → page plays, p95',
      measured: returns.length > 0 ? milliseconds(percentile(returns, 0.95)) : 'never',
      beside: '',
      target: `≤ ${milliseconds(MEDIA_TARGET_MS)}`,
      reached: returns.length > 0 && percentile(returns, 0.95) <= MEDIA_TARGET_MS,
    },
    ...(returns.length > 0 ? [{ ...plain, what: 'the same, all', measured: spread(returns) }] : []),
    ...(kills.length > 0 ? [{ ...plain, what: 'media killed: kill → page plays', measured: spread(kills) }] : []),
    {
      what: 'pictures that did not come back by themselves',
      measured: String(unhealed),
      beside: '',
      target: '0',
      reached: unhealed === 0,
    },
  ];
}

/** Rounds of one kill of each kind, in turn, so that no process dies twice within half a minute. */
export async function kills(options: Options, install: BenchInstall): Promise<Findings> {
  const asked = options.seconds === null ? ROUNDS : Math.ceil(options.seconds / SECONDS_A_ROUND);
  const count = options.quick ? QUICK_ROUNDS : asked;
  const random = seeded(options.seed);
  options.say(`seed ${options.seed}, ${count} rounds`);
  const encoder = obs(install.rtmpUrl, install.streamKey);
  const tree = processTree(install.varDir);
  const stops: Array<() => Promise<void>> = [encoder.drop];
  try {
    await encoder.start(clip(SOURCE));
    await waitForShow(install);
    // A page that comes before the lower rendition is there is not offered it.
    await until('a transcoder', TRANSCODER_LIMIT_MS, () => tree.encoders().length > 0 || null);
    const viewer = await startViewer(install);
    stops.push(viewer.stop);
    await viewer.screen.playing(Date.now(), PICTURE_LIMIT_MS);
    const rounds: Round[] = [];
    for (let n = 0; n < count; n++) {
      for (const victim of VICTIMS) {
        const scene = { viewer, encoder, tree, url: install.url };
        const round = await playRound(scene, victim, random.between(0, MOST_DELAY_MS));
        rounds.push(round);
        const after =
          round.afterReturnMs === null ? '' : `, plays ${milliseconds(round.afterReturnMs)} after the encoder’s return`;
        options.say(
          `${n + 1}/${count} ${victim}: ${milliseconds(round.gapMs)} without a new frame${after}${round.healed ? '' : ', NOT HEALED'}`,
        );
      }
    }
    return {
      rows: tableRows(rounds),
      notes: [
        `Least / median / p95 / most of ${count} kills each, seed ${options.seed}: each after the picture played steadily and 0 to 2 s more, with \`kill -9\`. The page is the product’s own in Chromium, wide, code typed in; frames are counted by requestVideoFrameCallback; the page was never reloaded.`,
        'The encoder (ffmpeg, 854×480, 30 fps, keyframe every 2 s) retries as OBS does: 2 s after the loss, then 1.5 times as long each time. So about 2 s of media’s gap are the encoder’s own wait. “Plays” means that new frames go on for 2 s without a stall over 0.5 s.',
      ],
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
