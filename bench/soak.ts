/** An hour of bad luck: five streams whose encoders drop and whose servers are killed, read all the time. */
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchInstall } from './lib/bench-install.ts';
import { until } from './lib/process.ts';
import { type Findings, milliseconds, type Options, type Row, thousands } from './lib/result.ts';
import { percentile } from './lib/stats.ts';
import { type Accidents, startAccidents } from './soak/accidents.ts';
import { type Census, startCensus } from './soak/census.ts';
import { soakClips } from './soak/clips.ts';
import { worst } from './soak/level.ts';
import { type SkewMeter, skewMeter } from './soak/skew.ts';
import { staleFiles } from './soak/stale.ts';
import { liveShow, makeStreams, readStream, type Stream } from './soak/streams.ts';

const STREAMS = 5;
const SOAK_SECONDS = 3600;
const QUICK_SECONDS = 90;
const SKEW_TARGET_MS = 80;
/** Long enough to see files go, short enough to fill in the first quarter of a life, seconds. */
const WINDOW_SECONDS = 120;
const PROGRESS_EVERY_MS = 60_000;
/** After the last accident everything has to be live again within this, milliseconds. */
const RECOVERY_LIMIT_MS = 30_000;
/** Longer than the longest retry that a kill can provoke while the last reader is still there. */
const LAST_SEGMENTS_MS = 5_000;

export const soakEnv = { STAGEDOOR_WINDOW_SECONDS: String(WINDOW_SECONDS) };

type Soak = {
  readonly streams: readonly Stream[];
  readonly accidents: Accidents;
  readonly census: Census;
  readonly skew: SkewMeter;
};

const readersOf = ({ streams }: Pick<Soak, 'streams'>) => streams.flatMap(({ readers }) => readers);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function progress(soak: Soak, elapsedMs: number): string {
  const { encoder, freeze, media, ffmpeg, nginx } = soak.accidents.counts;
  const readers = readersOf(soak);
  const now = soak.census.now('media');
  const most = Math.max(0, ...soak.skew.skews.map(Math.abs));
  return [
    `${Math.round(elapsedMs / 60_000)} min`,
    `encoders dropped ${encoder}, frozen ${freeze}; killed: media ${media}, ffmpeg ${ffmpeg}, nginx ${nginx}`,
    `${thousands(sum(readers.map((one) => one.segments())))} segments`,
    `wrong ${sum(readers.map((one) => one.wrongs.length))}`,
    `skew most ${most.toFixed(0)} ms`,
    `media ${now?.megabytes.toFixed(0) ?? '?'} MB, ${now?.descriptors ?? '?'} descriptors`,
  ].join('; ');
}

/** Says each fault once, soon after it was seen: what led to it can then still be looked at. */
function newFaults(options: Options): (soak: Soak) => void {
  const told = new Set<string>();
  return (soak) => {
    for (const text of readersOf(soak).flatMap(({ wrongs, lint, missing }) => [...wrongs, ...lint, ...missing])) {
      if (!told.has(text)) options.say(`seen: ${text}`);
      told.add(text);
    }
  };
}

const zero = (what: string, found: readonly string[], options: Options): Row => {
  for (const text of found.slice(0, 10)) options.say(`${what}: ${text}`);
  return { what, measured: String(found.length), beside: '', target: '0', reached: found.length === 0 };
};

function levelRows(census: Census, soakMs: number): Row[] {
  return [...census.reports(soakMs)]
    .filter(([kind]) => kind !== 'logrotate')
    .sort()
    .map(([kind, lives]) => {
      const most = worst(lives);
      const range = ({ second, last }: { second: number; last: number }, digits: number) =>
        `${second.toFixed(digits)} → ${last.toFixed(digits)}`;
      const judged = lives.length === 1 ? '1 life' : `worst of ${lives.length} lives`;
      return {
        what: `${kind}: memory, descriptors`,
        measured: most ? `${range(most.megabytes, 1)} MB, ${range(most.descriptors, 0)} (${judged})` : '',
        beside: '',
        target: 'level',
        reached: lives.every(({ level }) => level),
      };
    });
}

function skewRows({ skew }: Soak): Row[] {
  const off = skew.skews.map(Math.abs);
  if (off.length === 0) throw new Error('no segment told how sound and picture stand to each other');
  const most = Math.max(...off);
  return [
    {
      what: 'sound against picture, as the source has them: most',
      measured: milliseconds(most),
      beside: '',
      target: `≤ ${SKEW_TARGET_MS} ms`,
      reached: most <= SKEW_TARGET_MS,
    },
    {
      what: 'the same: median, p99',
      measured: `${milliseconds(percentile(off, 0.5))}, ${milliseconds(percentile(off, 0.99))}`,
      beside: '',
      target: '',
      reached: null,
    },
  ];
}

/** Streams that are not live with the show they began with. */
async function lostShows(install: BenchInstall, streams: readonly Stream[]): Promise<string[]> {
  const lost = await Promise.all(
    streams.map(async ({ slug, showId }) => {
      const now = await until(`${slug} to be live`, RECOVERY_LIMIT_MS, () => liveShow(install, slug)).catch(() => null);
      return now === showId ? [] : [`${slug} began with ${showId}, has ${now}`];
    }),
  );
  return lost.flat();
}

async function findings(install: BenchInstall, soak: Soak, soakMs: number, options: Options): Promise<Findings> {
  const { accidents, census, skew, streams } = soak;
  const lost = await lostShows(install, streams);
  await wait(LAST_SEGMENTS_MS);
  const readers = readersOf(soak);
  const listed = new Set(readers.flatMap((one) => one.listed().map((address) => address.split('?')[0] ?? '')));
  const stale = staleFiles(install.settings.mediaDir, listed, WINDOW_SECONDS);
  const { encoder, freeze, media, ffmpeg, nginx } = accidents.counts;
  return {
    rows: [
      zero('shows lost', lost, options),
      zero(
        'sequences that went back or changed their meaning',
        readers.flatMap((one) => one.wrongs),
        options,
      ),
      zero(
        'faults in playlists (RFC 8216bis)',
        readers.flatMap((one) => one.lint),
        options,
      ),
      zero(
        'listed media files that were not there',
        readers.flatMap((one) => one.missing),
        options,
      ),
      ...skewRows(soak),
      ...levelRows(census, soakMs),
      zero(
        'zombies',
        Array.from({ length: census.zombies() }, () => 'a process nobody waited for'),
        options,
      ),
      zero('files left beyond window and grace', stale, options),
    ],
    notes: [
      `${Math.round(soakMs / 60_000)} min, ${streams.length} streams, ${readers.length} readers, seed ${options.seed}: ${encoder} encoders cut off for 1 to 30 s and back with another of three settings (size, frame rate, profile, sample rate), ${freeze} frozen with the connection open; \`kill -9\` of media ${media} times, of a transcoder ${ffmpeg}, of Nginx ${nginx}. Media and Nginx are not killed in the middle third.`,
      `${thousands(sum(readers.map((one) => one.datesMoved())))} segments had a PROGRAM-DATE-TIME set anew without a discontinuity: a frozen encoder goes on where it stood, later against the clock.`,
      `Readers follow each rendition by blocking reload through Nginx: ${thousands(sum(readers.map((one) => one.segments())))} segments read and parsed; ${thousands(skew.skews.length)} of them told the skew, ${thousands(skew.unknown())} did not (the clip began again in them, or a sample of another broadcast). Each sample of the source rendition is known by its bytes, so both shifts are against the source; pictures of a transcoded rendition are compared with the source’s of the same segment.`,
      'Level: within one life of a process of at least a sixth of the soak, the median of its last quarter is at most 10 % and 4 MB (PSS), and 8 descriptors, above that of its second quarter. A kind without a line had no such life.',
    ],
  };
}

export async function soak(options: Options, install: BenchInstall): Promise<Findings> {
  const soakMs = (options.quick ? QUICK_SECONDS : (options.seconds ?? SOAK_SECONDS)) * 1000;
  options.say(`seed ${options.seed}`);
  const clips = soakClips();
  const skew = skewMeter(clips);
  const streams = await makeStreams(install, STREAMS);
  const census = startCensus(install.varDir);
  let accidents: Accidents | null = null;
  let stopLooking: Array<() => void> = [];
  try {
    for (const [n, { encoder }] of streams.entries()) await encoder.start(clips.files[n % clips.files.length] ?? '');
    stopLooking = await Promise.all(streams.map((stream) => readStream(install, stream, skew)));
    const { seed } = options;
    const encoders = streams.map(({ encoder }) => encoder);
    accidents = startAccidents({ seed, soakMs, encoders, clips: clips.files, tree: census.tree });
    const running = { streams, accidents, census, skew };
    const tellNew = newFaults(options);
    const from = Date.now();
    for (let left = soakMs; left > 0; left = from + soakMs - Date.now()) {
      await wait(Math.min(PROGRESS_EVERY_MS, left));
      options.say(progress(running, Date.now() - from));
      tellNew(running);
    }
    await accidents.stop();
    for (const [n, { encoder }] of streams.entries()) await encoder.start(clips.files[n % clips.files.length] ?? '');
    return await findings(install, running, soakMs, options);
  } finally {
    await accidents?.stop();
    census.stop();
    for (const stop of stopLooking) stop();
    await Promise.all(streams.flatMap(({ encoder, readers }) => [encoder.drop(), ...readers.map((one) => one.stop())]));
  }
}
