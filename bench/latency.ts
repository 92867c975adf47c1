/** Glass to glass: a clock in the picture, read in Chromium, ours and ffmpeg's own HLS side by side. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { newDevice, startBrowser } from '../test/kit/browser.ts';
import { startBaseline } from './latency/baseline.ts';
import { encodeKnownClip, startEncoder } from './latency/encoder.ts';
import { collect, type Sample, startReading } from './latency/reader.ts';
import { type BenchInstall, waitForShow } from './lib/bench-install.ts';
import { until } from './lib/process.ts';
import { type Findings, milliseconds, type Options, type Row } from './lib/result.ts';
import { median, percentile } from './lib/stats.ts';

const MEASURE_SECONDS = 300;
const QUICK_SECONDS = 20;
/** Milliseconds. */
const MEDIAN_TARGET_MS = 1300;
const P95_TARGET_MS = 1600;
/** Wide enough for the source rendition. */
const VIEWPORT = { width: 1280, height: 800 };
const LOOK_EVERY_MS = 200;
/** Each player may settle for this long before the measuring begins, seconds. */
const SETTLE_SECONDS = 10;
const START_LIMIT_MS = 45_000;

const CLIP_SECONDS = 6;
const CLIP_FIRST_MS = 1_700_000_000_000;
/** The reader is wrong where it is further off than one frame. */
const READER_LIMIT_MS = 34;

const moving = (page: Page) =>
  page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2, undefined, {
    timeout: START_LIMIT_MS,
  });

/** Reads a clip whose every frame is known; returns by how much the reading is off, median, milliseconds. */
async function checkReader(browser: Browser, url: string): Promise<number> {
  const { page, context } = await newDevice(browser, VIEWPORT);
  await page.goto(url);
  await moving(page);
  await startReading(page, 50);
  await wait((CLIP_SECONDS - 2) * 1000);
  const { samples } = await collect(page);
  await context.close();
  const off = median(samples.map((one) => one.shownMs - CLIP_FIRST_MS - one.position * 1000));
  if (Math.abs(off) > READER_LIMIT_MS) throw new Error(`the clock reader is off by ${off} ms`);
  return off;
}

/** Opens our page, types the code and presses what a viewer presses. Returns the time to the first picture. */
async function watchOurs(page: Page, install: BenchInstall): Promise<number> {
  await page.goto(`${install.url}/c/${install.slug}`);
  await page.locator('#access-code').fill(install.accessCode);
  const from = performance.now();
  await page.locator('form button[type=submit]').click();
  await moving(page);
  return performance.now() - from;
}

async function watchBaseline(page: Page, url: string): Promise<number> {
  const from = performance.now();
  await page.goto(url);
  await moving(page);
  return performance.now() - from;
}

type Watched = { samples: Sample[]; unread: number; dropped: number };
const lags = ({ samples }: Watched) => samples.map((one) => one.lagMs);

function tableRows(ours: Watched, beside: Watched, startMs: { ours: number; beside: number }): Row[] {
  const row = (what: string, value: (of: Watched) => number, target: number | null): Row => ({
    what,
    measured: milliseconds(value(ours)),
    beside: milliseconds(value(beside)),
    target: target === null ? '' : `≤ ${milliseconds(target)}`,
    reached: target === null ? null : value(ours) <= target,
  });
  return [
    row('glass to glass, median', (of) => median(lags(of)), MEDIAN_TARGET_MS),
    row('glass to glass, p95', (of) => percentile(lags(of), 0.95), P95_TARGET_MS),
    row('glass to glass, least and most', (of) => Math.min(...lags(of)), null),
    {
      what: 'to the first moving picture',
      measured: milliseconds(startMs.ours),
      beside: milliseconds(startMs.beside),
      target: '',
      reached: null,
    },
  ].map((one) =>
    one.what.endsWith('most')
      ? {
          ...one,
          measured: `${one.measured}, ${milliseconds(Math.max(...lags(ours)))}`,
          beside: `${one.beside}, ${milliseconds(Math.max(...lags(beside)))}`,
        }
      : one,
  );
}

/** One encoder feeds both; both players run in one Chromium at the same time. */
export async function latency(options: Options, install: BenchInstall): Promise<Findings> {
  const seconds = options.quick ? QUICK_SECONDS : (options.seconds ?? MEASURE_SECONDS);
  const baseline = await startBaseline();
  const stops: Array<() => Promise<void>> = [baseline.stop];
  try {
    await encodeKnownClip(baseline.clipFile, CLIP_FIRST_MS, CLIP_SECONDS);
    const browser = await startBrowser();
    stops.push(() => browser.close());
    const off = await checkReader(browser, baseline.clipUrl);
    options.say(`clock reader checked: off by ${milliseconds(off)}`);

    // One encode, two ways out: the only difference is what comes after the encoder.
    const rtmp = `[f=flv]${install.rtmpUrl}/${install.streamKey}`;
    const encoder = startEncoder(['-flags', '+global_header', '-f', 'tee', `${rtmp}|${baseline.output}`]);
    stops.push(encoder.stop);
    await waitForShow(install);
    await until('three segments of the baseline', START_LIMIT_MS, async () => {
      const text = await (await fetch(baseline.playlistUrl)).text();
      return (text.match(/#EXTINF/g)?.length ?? 0) >= 3 ? text : null;
    });

    const ours = await newDevice(browser, VIEWPORT);
    const beside = await newDevice(browser, VIEWPORT);
    const startMs = {
      ours: await watchOurs(ours.page, install),
      beside: await watchBaseline(beside.page, baseline.pageUrl),
    };
    await wait(SETTLE_SECONDS * 1000);
    await startReading(ours.page, LOOK_EVERY_MS);
    await startReading(beside.page, LOOK_EVERY_MS);
    options.say(`watching for ${seconds} s`);
    const ended = await Promise.race([wait(seconds * 1000, 'watched'), encoder.ffmpeg.ended]);
    if (ended !== 'watched') throw new Error(`the encoder ended: ${encoder.ffmpeg.stderr()}`);
    const seen = { ours: await collect(ours.page), beside: await collect(beside.page) };
    return {
      rows: tableRows(seen.ours, seen.beside, startMs),
      notes: [
        `${seconds} s, the picture read every ${LOOK_EVERY_MS} ms: ${seen.ours.samples.length} readings of ours (${seen.ours.unread} unreadable, ${seen.ours.dropped} frames dropped), ${seen.beside.samples.length} of the other (${seen.beside.unread}, ${seen.beside.dropped}). Both players ran at the same time in one Chromium, fed by one encoder (x264 veryfast zerolatency, 640×360, 30 fps, keyframe every 2 s).`,
        `The clock is Unix milliseconds as black and white cells, drawn before the encoder; read on a clip of known frames it was off by ${milliseconds(off)} (median).`,
        'Ours: the product’s own page, code typed in, gate on, through Nginx. Beside: ffmpeg `-f hls -hls_time 2`, an open Nginx, hls.js with its defaults.',
      ],
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
