/** ffmpeg's command line for the lower rendition. */

/** Bits a second by height, about what sports at 30 fps need; see also `-maxrate`. */
const VIDEO_BITS: readonly (readonly [height: number, bits: number])[] = [
  [360, 800_000],
  [480, 1_400_000],
  [720, 2_800_000],
  [1080, 5_000_000],
];
const AUDIO_BITS = 192_000;
const THREADS = 2;

function videoBits(height: number): number {
  return (VIDEO_BITS.find(([limit]) => height <= limit) ?? [0, 5_000_000])[1];
}

/** What the master playlist promises for this height, bits a second. */
export function ladderBandwidth(height: number): number {
  // x264's buffer of one second lets a 2-s segment go half above the rate.
  return Math.round(videoBits(height) * 1.5) + AUDIO_BITS;
}

/**
 * FLV in on standard input, video-only FLV out on standard output. Timestamps and keyframes stay
 * those of the source, so that both renditions are cut at the same pictures.
 */
export function transcodeArguments(height: number): string[] {
  const bits = String(videoBits(height));
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning'],
    ...[
      '-protocol_whitelist',
      'pipe',
      '-probesize',
      '32k',
      '-analyzeduration',
      '0',
      '-copyts',
      '-f',
      'flv',
      '-i',
      'pipe:0',
    ],
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', `scale=-2:${height}`, '-fps_mode', 'passthrough'],
    // Without a time base in milliseconds ffmpeg would round timestamps to the frame rate.
    ...[
      '-enc_time_base',
      '1:1000',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-tune',
      'zerolatency',
      '-pix_fmt',
      'yuv420p',
    ],
    ...['-force_key_frames', 'source', '-g', '600', '-sc_threshold', '0', '-threads', String(THREADS)],
    ...['-b:v', bits, '-maxrate', bits, '-bufsize', bits],
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', '-flush_packets', '1', 'pipe:1'],
  ];
}
