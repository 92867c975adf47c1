/**
 * What the soak's encoders send: clips of which every sample is known, so that a picture and a sound
 * found in a segment can be traced to the instants at which the source has them.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAudioTag, parseVideoTag } from '../../media/src/packager/flv.ts';
import { FlvReader } from '../../media/src/packager/flv-stream.ts';

/** At 48 kHz a whole number of AAC frames, so that the loop has no seam in the sound. */
const CLIP_SECONDS = 32;
const KEYFRAME_SECONDS = 2;

type Settings = { width: number; height: number; fps: number; rate: number; profile: string; bFrames: number };

/** An encoder comes back with any of these: another size, frame rate, profile or sample rate. */
const SETTINGS: readonly Settings[] = [
  { width: 640, height: 360, fps: 30, rate: 48_000, profile: 'main', bFrames: 0 },
  { width: 640, height: 360, fps: 25, rate: 44_100, profile: 'baseline', bFrames: 0 },
  { width: 854, height: 480, fps: 30, rate: 48_000, profile: 'high', bFrames: 2 },
];

/** Where a sample stands in its clip. */
type Origin = { readonly kind: 'video' | 'audio'; readonly ms: number };
export type Clips = { readonly files: readonly string[]; origin(sample: Buffer): Origin | null };

const SAMPLES_A_FRAME = 1024;

const nameOf = (sample: Buffer) => hash('sha1', sample, 'base64');

function encode(settings: Settings, file: string): void {
  const { width, height, fps, rate, profile, bFrames } = settings;
  const made = `${file}.${process.pid}.flv`;
  const gop = String(fps * KEYFRAME_SECONDS);
  // Noise, because a tone repeats itself and then its samples have no place of their own.
  // biome-ignore format: an argv reads best as pairs
  execFileSync('ffmpeg', ['-v', 'error', '-y',
    '-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=${fps}`, '-f', 'lavfi', '-i', `anoisesrc=r=${rate}:a=0.1:seed=${width + rate}`,
    '-frames:v', String(CLIP_SECONDS * fps), '-frames:a', String(Math.floor((CLIP_SECONDS * rate) / SAMPLES_A_FRAME)), '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', profile, '-bf', String(bFrames), '-pix_fmt', 'yuv420p',
    '-b:v', '700k', '-maxrate', '700k', '-bufsize', '700k', '-g', gop, '-keyint_min', gop, '-sc_threshold', '0',
    '-c:a', 'aac', '-ac', '2', '-b:a', '96k', '-f', 'flv', made]);
  renameSync(made, file);
}

/** Encodes the clips (once a machine) and reads where each sample stands. A sample found twice is forgotten. */
export function soakClips(): Clips {
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const origins = new Map<string, Origin | null>();
  const add = (sample: Buffer, origin: Origin) => {
    const name = nameOf(sample);
    origins.set(name, origins.has(name) ? null : origin);
  };
  const files = SETTINGS.map((settings) => {
    const { width, height, fps, rate, profile } = settings;
    const file = join(folder, `soak-${CLIP_SECONDS}-${width}x${height}-${fps}-${rate}-${profile}.flv`);
    if (!existsSync(file)) encode(settings, file);
    const reader = new FlvReader(({ kind, payload, timestampMs }) => {
      const picture = kind === 'video' ? parseVideoTag(payload) : null;
      const sound = kind === 'audio' ? parseAudioTag(payload) : null;
      if (picture?.kind === 'frame') add(picture.data, { kind: 'video', ms: timestampMs + picture.compositionMs });
      if (sound?.kind === 'frame') add(sound.data, { kind: 'audio', ms: timestampMs });
    });
    reader.push(readFileSync(file));
    return file;
  });
  return { files, origin: (sample) => origins.get(nameOf(sample)) ?? null };
}
