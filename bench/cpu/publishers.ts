/** Many encoders: ffmpeg loops one clip that was encoded before and sends it as it is. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { output, type Running, run } from '../lib/process.ts';

/** With the sound 2.5 Mb/s. */
const VIDEO_KILOBITS = 2400;
const AUDIO_KILOBITS = 96;
const CLIP_SECONDS = 20;
const FRAMES_PER_SECOND = 30;
const KEYFRAME_SECONDS = 2;
/** One after the other, so that the encoders' keyframes and parts do not fall together. */
const STAGGER_MS = 130;

export const CLIP_WORDS = `1280×720, ${FRAMES_PER_SECOND} fps, 2.5 Mb/s, keyframe every ${KEYFRAME_SECONDS} s, AAC`;

/** Encodes the clip once a machine: noise over a test picture, so that the bits are there and differ. */
async function clip(): Promise<string> {
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'bench-2500k.flv');
  if (existsSync(file)) return file;
  const made = `${file}.${process.pid}.flv`;
  const gop = String(FRAMES_PER_SECOND * KEYFRAME_SECONDS);
  const bits = `${VIDEO_KILOBITS}k`;
  // biome-ignore format: an argv reads best as pairs
  await output('ffmpeg', ['-v', 'error', '-y',
    '-f', 'lavfi', '-i', `testsrc2=s=1280x720:r=${FRAMES_PER_SECOND},noise=alls=12:allf=t`, '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000',
    '-t', String(CLIP_SECONDS), '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-b:v', bits, '-maxrate', bits, '-bufsize', bits,
    '-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0', '-c:a', 'aac', '-b:a', `${AUDIO_KILOBITS}k`, '-f', 'flv', made]);
  renameSync(made, file);
  return file;
}

export type Publishers = { stop(): Promise<void> };

/** Starts one encoder for each address. They are outside of what is measured. */
export async function publishTo(urls: readonly string[]): Promise<Publishers> {
  const file = await clip();
  const running: Running[] = [];
  for (const url of urls) {
    // biome-ignore format: an argv reads best as pairs
    running.push(run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin',
      '-re', '-stream_loop', '-1', '-i', file, '-c', 'copy', '-f', 'flv', url], { stdio: ['ignore', 'ignore', 'pipe'] }));
    await wait(STAGGER_MS);
  }
  return {
    stop: async () => {
      const ended = running.filter((one) => one.child.exitCode !== null);
      await Promise.all(running.map((one) => one.stop()));
      if (ended[0]) throw new Error(`${ended.length} encoders had ended: ${ended[0].stderr()}`);
    },
  };
}
