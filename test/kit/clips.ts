/** Clips encoded once a machine by ffmpeg, one for each kind of encoder that we have to understand. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlvReader } from '../../media/src/packager/flv-stream.ts';
import type { MediaPacket } from '../../media/src/types.ts';

const picture = (rate: string, seconds: number) => ['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=${rate}:d=${seconds}`];
const tone = (seconds: number, rate = 48_000) => [
  '-f',
  'lavfi',
  '-i',
  `sine=frequency=440:sample_rate=${rate}:d=${seconds}`,
];
const x264 = (gop: number, ...more: string[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-b:v', '400k'],
  ...['-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', ...more],
];
const NO_B = ['-bf', '0'];
const aac = ['-c:a', 'aac', '-b:a', '96k'];

const CLIPS = {
  plain: [...picture('30', 9), ...tone(9), ...x264(60, ...NO_B), ...aac],
  bFrames: [...picture('30', 9), ...tone(9), ...x264(60, '-bf', '3', '-b_strategy', '0'), ...aac],
  film: [...picture('24000/1001', 9), ...tone(9, 44_100), ...x264(48, ...NO_B), ...aac],
  longGop: [...picture('30', 20), ...tone(20), ...x264(9999, ...NO_B), ...aac],
  audioOnly: [...tone(9), ...aac],
  videoOnly: [...picture('30', 9), ...x264(60, ...NO_B)],
  wide: [
    ...picture('30', 5).map((word) => word.replace('320x180', '480x270')),
    ...tone(5),
    ...x264(60, ...NO_B),
    ...aac,
  ],
  rate24: [...picture('24', 5), ...tone(5), ...x264(48, ...NO_B), ...aac],
  rate25: [...picture('25', 5), ...tone(5), ...x264(50, ...NO_B), ...aac],
  rate50: [...picture('50', 5), ...tone(5), ...x264(100, ...NO_B), ...aac],
  rate60: [...picture('60', 5), ...tone(5), ...x264(120, '-bf', '2'), ...aac],
  /** A phone's camera in the dark: 10 to 30 pictures a second. */
  variable: [
    ...['-f', 'lavfi', '-i', "testsrc2=s=320x180:r=30:d=8,select='if(lt(mod(n,90),45),1,not(mod(n,3)))'"],
    ...[...tone(8), '-fps_mode', 'vfr', ...x264(30, ...NO_B), ...aac],
  ],
  otherSound: [...picture('30', 5), ...tone(5, 44_100), ...x264(60, ...NO_B), ...aac, '-ac', '2'],
  lowSound: [...picture('30', 5), ...tone(5, 24_000), ...x264(60, ...NO_B), ...aac],
  mp3: [...picture('30', 5), ...tone(5, 44_100), ...x264(60, ...NO_B), '-c:a', 'libmp3lame'],
} as const;

export type ClipName = keyof typeof CLIPS;

/** Path of a clip as an FLV file. */
export function clipPath(name: ClipName): string {
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `kind-${name}.flv`);
  if (existsSync(file)) return file;
  const made = `${file}.${process.pid}.flv`;
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...CLIPS[name], '-f', 'flv', made]);
  renameSync(made, file);
  return file;
}

/** A clip as the packets that RTMP would bring. */
export function clipPackets(name: ClipName): MediaPacket[] {
  const packets: MediaPacket[] = [];
  new FlvReader((packet) => packets.push(packet)).push(readFileSync(clipPath(name)));
  return packets;
}
