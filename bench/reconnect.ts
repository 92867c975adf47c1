/** The encoder's network is gone for five seconds: when does the page play again, without a reload? */
import { setTimeout as wait } from 'node:timers/promises';
import { obs } from '../test/kit/obs.ts';
import { type ClipOptions, clip } from '../test/kit/publisher.ts';
import { type BenchInstall, waitForShow } from './lib/bench-install.ts';
import { type Findings, milliseconds, type Options, type Row } from './lib/result.ts';
import { median, percentile } from './lib/stats.ts';
import { startViewer } from './lib/viewer.ts';

const ROUNDS = 10;
const QUICK_ROUNDS = 2;
/** What `--seconds` counts for one drop with the same and one with other settings. */
const SECONDS_A_ROUND = 20;
const GONE_MS = 5_000;
const TARGET_MS = 4_000;
const PLAY_LIMIT_MS = 60_000;

const HOME: ClipOptions = { width: 854, height: 480, fps: 30, keyframeSeconds: 2 };
/** Each differs from the one before in what its name says. */
const SETTINGS: readonly ClipOptions[] = [
  { ...HOME, width: 640, height: 360 },
  { ...HOME, width: 640, height: 360, fps: 25 },
  { ...HOME, width: 640, height: 360, fps: 25, profile: 'baseline' },
  { ...HOME, width: 640, height: 360, fps: 25, profile: 'baseline', sampleRate: 44_100 },
  HOME,
];
const CHANGES = ['size', 'frame rate', 'profile', 'sample rate', 'all of them'];

type Return = { readonly changed: string | null; readonly afterMs: number; readonly reloaded: boolean };

function row(what: string, returns: readonly Return[]): Row[] {
  const times = returns.map(({ afterMs }) => afterMs);
  const p95 = percentile(times, 0.95);
  const all = [Math.min(...times), median(times), Math.max(...times)].map(milliseconds).join(' / ');
  return [
    {
      what: `${what}: encoder back → page plays, p95`,
      measured: milliseconds(p95),
      beside: '',
      target: `≤ ${milliseconds(TARGET_MS)}`,
      reached: p95 <= TARGET_MS,
    },
    { what: `${what}: least / median / most`, measured: all, beside: '', target: '', reached: null },
  ];
}

export async function reconnect(options: Options, install: BenchInstall): Promise<Findings> {
  const asked = options.seconds === null ? ROUNDS : Math.ceil(options.seconds / SECONDS_A_ROUND);
  const rounds = options.quick ? QUICK_ROUNDS : asked;
  const encoder = obs(install.rtmpUrl, install.streamKey);
  const stops: Array<() => Promise<void>> = [encoder.drop];
  try {
    for (const settings of SETTINGS) clip(settings);
    let settings = HOME;
    await encoder.start(clip(settings));
    await waitForShow(install);
    const viewer = await startViewer(install);
    stops.push(viewer.stop);
    const { screen } = viewer;
    const returns: Return[] = [];
    const drop = async (changed: string | null) => {
      await screen.playing(Date.now(), PLAY_LIMIT_MS);
      const bornMs = await screen.bornMs();
      await encoder.drop();
      await wait(GONE_MS);
      const sinceMs = Date.now();
      await encoder.start(clip(settings));
      const acceptedMs = await encoder.acceptedSince(sinceMs, PLAY_LIMIT_MS);
      const { atMs } = await screen.playing(acceptedMs, PLAY_LIMIT_MS);
      returns.push({ changed, afterMs: atMs - acceptedMs, reloaded: (await screen.bornMs()) !== bornMs });
      options.say(
        `${changed ? `another ${changed}` : 'the same settings'}: plays ${milliseconds(atMs - acceptedMs)} after the return`,
      );
    };
    for (let n = 0; n < rounds; n++) {
      await drop(null);
      settings = SETTINGS[n % SETTINGS.length] ?? HOME;
      await drop(CHANGES[n % CHANGES.length] ?? '');
    }
    const reloads = returns.filter(({ reloaded }) => reloaded).length;
    return {
      rows: [
        ...row(
          'same settings',
          returns.filter(({ changed }) => changed === null),
        ),
        ...row(
          'other settings',
          returns.filter(({ changed }) => changed !== null),
        ),
        { what: 'reloads of the page', measured: String(reloads), beside: '', target: '0', reached: reloads === 0 },
      ],
      notes: [
        `${rounds} drops each: the encoder is killed without a goodbye, gone for ${GONE_MS / 1000} s and back with the same key. Its return is the moment at which the server takes the stream; the page plays from the first frame after which new ones go on for 2 s without a stall over 0.5 s.`,
        `Other settings change, one after the other: ${CHANGES.join(', ')}. The page is the product’s own in Chromium, code typed in; keyframe every 2 s.`,
      ],
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
