/** ffmpeg's command line for one rendition. Numbers and names of ours only: nothing that a user sent is in it. */
import { likelyFps, type RungPlan } from './rules.ts';

/** The decoder gets one thread: each more would hold a picture back. */
const DECODER_THREADS = '1';
/** Keyframes come from the source; this many pictures without one is beyond any encoder's setting. */
const LONGEST_GROUP = '100000';

function filters({ frame, inner, every, sourceFps }: RungPlan, afterMs: number | null): string {
  const wanted: string[] = [];
  if (afterMs !== null) wanted.push(`gt(t,${((afterMs + 0.5) / 1000).toFixed(4)})`);
  if (every > 1 && sourceFps !== null) {
    // By time and not by count, so that a keyframe never falls out: all renditions are cut there.
    const gap = ((every - 0.5) / sourceFps).toFixed(4);
    wanted.push(`(key+isnan(prev_selected_t)+gte(t-prev_selected_t,${gap}))`);
  }
  const select = wanted.length > 0 ? [`select='${wanted.join('*')}'`] : [];
  const scale = [`scale=${inner.width}:${inner.height}`];
  const padded = inner.width !== frame.width || inner.height !== frame.height;
  const pad = padded ? [`pad=${frame.width}:${frame.height}:${inner.x}:${inner.y}`] : [];
  return [...select, ...scale, ...pad, 'setsar=1'].join(',');
}

/**
 * FLV in on standard input, video-only FLV out on standard output. Timestamps and keyframes stay
 * those of the source, so that all renditions are cut at the same pictures.
 * `afterMs`: pictures up to this timestamp are only decoded; an earlier encoder has given them.
 */
export function transcodeArguments(plan: RungPlan, afterMs: number | null): string[] {
  const bits = String(plan.bits);
  // biome-ignore format: an argv reads best as pairs
  return [
    '-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning',
    '-protocol_whitelist', 'pipe', '-format_whitelist', 'flv', '-codec_whitelist', 'h264',
    '-probesize', '32k', '-analyzeduration', '0', '-copyts', '-threads', DECODER_THREADS, '-f', 'flv', '-i', 'pipe:0',
    '-map', '0:v:0', '-an', '-sn', '-dn',
    '-filter_threads', '1', '-vf', filters(plan, afterMs), '-fps_mode', 'passthrough',
    // Without a time base in milliseconds ffmpeg would round timestamps to the frame rate …
    '-enc_time_base', '1:1000',
    '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-profile:v', plan.profile,
    // … and x264 would share its bits among a wrong number of pictures.
    '-x264-params', `fps=${likelyFps(plan).toFixed(3)}`,
    '-force_key_frames', 'source', '-g', LONGEST_GROUP, '-sc_threshold', '0', '-threads', String(plan.threads),
    '-b:v', bits, '-maxrate', bits, '-bufsize', bits,
    '-f', 'flv', '-flvflags', 'no_duration_filesize', '-flush_packets', '1', 'pipe:1',
  ];
}
