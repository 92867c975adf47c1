/** Half a minute of each kind of stream that a creator's encoder may send, encoded once a machine by ffmpeg. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fault lasts this long from the beginning, then it is cured, seconds. */
const FAULT_S = 10;
const LENGTH_S = 40;
const FAULTY = `lt(t,${FAULT_S})`;

const lavfi = (source: string) => ['-f', 'lavfi', '-i', source];
const picture = (rate = '30', size = '320x180') => lavfi(`testsrc2=s=${size}:r=${rate}`);
const TONE = lavfi('sine=frequency=440:sample_rate=48000');
const AAC = ['-c:a', 'aac', '-b:a', '96k'];
const x264 = (gop: number, ...more: string[]) => [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', '0'],
  ...['-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', ...more],
];
const RATE = ['-b:v', '500k', '-maxrate', '600k', '-bufsize', '600k'];
const everyTwoSeconds = Array.from({ length: LENGTH_S / 2 }, (_, i) => FAULT_S + 2 * i).join(',');

const CLIPS = {
  keyframes: [...picture(), ...TONE, ...x264(9999, ...RATE, '-force_key_frames', everyTwoSeconds), ...AAC],
  bFrames: [...picture(), ...TONE, ...x264(60, ...RATE, '-bf', '2', '-b_strategy', '0'), ...AAC],
  videoOnly: [...picture(), ...x264(60, ...RATE)],
  audioOnly: [...TONE, ...AAC],
  // Muted, then not; the picture beside it runs through.
  muted: [...picture(), ...TONE, '-af', `volume=0:enable='${FAULTY}'`, ...x264(60, ...RATE), ...AAC],
  bursts: [
    ...picture(),
    ...TONE,
    ...['-vf', `noise=alls=100:allf=t:enable='lt(mod(t,3),1)*${FAULTY}'`],
    ...x264(60, '-crf', '16'),
    ...AAC,
  ],
  // Two of five frames are skipped, as by an encoder that is too slow.
  skips: [
    ...picture(),
    ...TONE,
    ...['-vf', `select='not(${FAULTY}*lt(mod(n,5),2))'`, '-vsync', 'vfr'],
    ...x264(60, ...RATE, '-force_key_frames', 'expr:gte(t,n_forced*2)'),
    ...AAC,
  ],
  large: [
    ...picture('30', '854x480'),
    ...TONE,
    ...x264(60, '-b:v', '1M', '-maxrate', '1200k', '-bufsize', '1200k'),
    ...AAC,
  ],
  constant: [
    ...picture(),
    ...TONE,
    ...x264(60, '-b:v', '800k', '-minrate', '800k', '-maxrate', '800k', '-bufsize', '800k'),
    ...['-x264-params', 'nal-hrd=cbr'],
    ...AAC,
  ],
  // A face that moves, and after a while does not; a noise gate that shuts between sentences.
  still: [
    ...lavfi(`testsrc2=s=320x180:r=30:d=8,tpad=stop_mode=clone:stop_duration=${LENGTH_S}`),
    ...lavfi(`aevalsrc='if(lt(mod(t,9),4),0.3*sin(2764*t),0)':s=48000`),
    ...x264(60, '-crf', '23'),
    ...AAC,
  ],
  cinema: [...picture('24000/1001'), ...TONE, ...x264(48, ...RATE), ...AAC],
  fast: [...picture('60'), ...TONE, ...x264(120, ...RATE), ...AAC],
  // Scenes of four seconds, poor and rich in turn, as much as the encoder likes up to twice the usual.
  film: [
    ...lavfi(`testsrc2=s=320x180:r=30,noise=alls=12:allf=t:enable='lt(mod(t,8),4)'`),
    ...TONE,
    ...x264(60, '-crf', '23', '-maxrate', '2500k', '-bufsize', '2500k'),
    ...AAC,
  ],
  mp3: [...picture(), ...TONE, ...x264(60, ...RATE), '-c:a', 'libmp3lame', '-ar', '44100'],
} as const;

export type Clip = keyof typeof CLIPS;

/** Path of the clip, an FLV file. */
export function healthClip(name: Clip): string {
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `health-1-${name}.flv`);
  if (existsSync(file)) return file;
  const made = `${file}.${process.pid}.flv`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...CLIPS[name], '-t', String(LENGTH_S), '-f', 'flv', made], {
    timeout: 60_000,
  });
  renameSync(made, file);
  return file;
}
