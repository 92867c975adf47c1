/** A camera with a clock in its picture and an encoder in real time: what OBS does, without the people. */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type Running, run } from '../lib/process.ts';
import { drawFrame, PICTURE } from './picture.ts';

/** Key-frame interval that the creator's page asks for, seconds. */
const KEYFRAME_SECONDS = 2;
const FRAME_MS = 1000 / PICTURE.framesPerSecond;

export type Encoder = { readonly ffmpeg: Running; stop(): Promise<void> };

/** x264 as streamers set it for low delay, AAC beside it. One encode; `outputs` is how it leaves. */
function argv(outputs: readonly string[]): string[] {
  const { width, height, framesPerSecond } = PICTURE;
  const gop = String(framesPerSecond * KEYFRAME_SECONDS);
  // biome-ignore format: an argv reads best as pairs
  return ['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0',
    '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`, '-framerate', String(framesPerSecond), '-i', 'pipe:0',
    '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000',
    '-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-b:v', '1200k', '-maxrate', '1200k', '-bufsize', '1200k',
    '-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '96k', '-flush_packets', '1', ...outputs];
}

/** Draws frames at the nominal rate, each stamped with the time at which it was drawn. */
async function film(ffmpeg: Running, going: () => boolean): Promise<void> {
  const camera = ffmpeg.child.stdin;
  if (!camera) throw new Error('the encoder has no input');
  camera.on('error', () => undefined); // The encoder was stopped; `ended` says why.
  const startMs = performance.now();
  for (let n = 0; going(); n++) {
    const aheadMs = startMs + n * FRAME_MS - performance.now();
    if (aheadMs > 0) await wait(aheadMs);
    if (!camera.write(drawFrame(Date.now(), n)) && going()) await Promise.race([once(camera, 'drain'), ffmpeg.ended]);
  }
  camera.end();
}

/** Starts camera and encoder with these ffmpeg output arguments. */
export function startEncoder(outputs: readonly string[]): Encoder {
  const ffmpeg = run('ffmpeg', argv(outputs), { stdio: ['pipe', 'ignore', 'pipe'] });
  let going = true;
  void ffmpeg.ended.then(() => {
    going = false;
  });
  const filming = film(ffmpeg, () => going);
  return {
    ffmpeg,
    stop: async () => {
      going = false;
      await filming;
      await ffmpeg.stop();
    },
  };
}

/** A clip with the clock of known instants: frame n shows `firstMs + n × frame time`. */
export async function encodeKnownClip(file: string, firstMs: number, seconds: number): Promise<void> {
  const ffmpeg = run('ffmpeg', argv(['-y', '-shortest', '-movflags', '+faststart', file]), {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const camera = ffmpeg.child.stdin;
  if (!camera) throw new Error('the encoder has no input');
  for (let n = 0; n < seconds * PICTURE.framesPerSecond; n++) {
    if (!camera.write(drawFrame(firstMs + Math.round(n * FRAME_MS), n))) await once(camera, 'drain');
  }
  camera.end();
  if ((await ffmpeg.ended) !== 0) throw new Error(`the clip was not encoded: ${ffmpeg.stderr()}`);
}
