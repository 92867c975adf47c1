/** Keeps an encoder running for one broadcast, and puts its pictures on the show's timeline again. */

import { parseVideoTag } from '../packager/flv.ts';
import type { Follower } from '../packager/follower.ts';
import type { Tracks, VideoConfig, VideoFrame } from '../packager/samples.ts';
import { readAvcConfig } from '../packager/sps.ts';
import type { MediaPacket } from '../types.ts';
import { type Encoder, startEncoder } from './process.ts';

/** Takes the source's pictures and gives smaller ones to a follower. Never makes the source wait. */
export type Transcoder = {
  begin(tracks: Tracks): void;
  video(frame: VideoFrame): void;
  finish(): void;
};

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** An encoder that ran this long was healthy: the next pause is short again. */
const HEALTHY_MS = 60_000;
/** Room below zero for pictures shown before the first decoded one, milliseconds. */
const TIMESTAMP_ROOM_MS = 1000;

export type TranscoderOptions = {
  readonly height: number;
  readonly pidDir: string;
  readonly follower: Follower;
  readonly log: { warn(data: object, message: string): void };
  readonly showId: string;
};

/** The five bytes before an AVC access unit in a video tag. */
function tagHead(key: boolean, packetType: 0 | 1, compositionMs: number): Buffer {
  const head = Buffer.from([key ? 0x17 : 0x27, packetType, 0, 0, 0]);
  head.writeIntBE(compositionMs, 2, 3);
  return head;
}

/** Makes no encoder for a source that is not higher than `height`. */
export function createTranscoder({ height, pidDir, follower, log, showId }: TranscoderOptions): Transcoder {
  let tracks: Tracks = { video: null, audio: null };
  let encoder: Encoder | null = null;
  let baseMs = 0;
  let startedAt = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let notBefore = 0;
  let output: VideoConfig | null = null;

  function onPacket({ kind, payload, timestampMs }: MediaPacket): void {
    const tag = kind === 'video' ? parseVideoTag(payload) : null;
    if (tag?.kind === 'config') {
      const config = readAvcConfig(Buffer.from(tag.avcc));
      if (!config || output?.avcc.equals(config.avcc)) return;
      output = config;
      // The source's frame rate: x264 writes none that means anything for a millisecond time base.
      follower.begin({ video: { ...config, fps: tracks.video?.fps ?? null }, audio: tracks.audio });
    }
    if (tag?.kind !== 'frame' || !output) return;
    const dtsMs = timestampMs + baseMs;
    follower.video({ dtsMs, ptsMs: dtsMs + tag.compositionMs, key: tag.key, data: tag.data });
  }

  function onExit(why: string): void {
    encoder = null;
    const now = performance.now();
    pauseMs = now - startedAt > HEALTHY_MS ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    notBefore = now + pauseMs;
    log.warn({ showId, why, pauseMs }, 'transcoder stopped; it will be started again');
  }

  function start(config: VideoConfig, frame: VideoFrame): void {
    output = null;
    startedAt = performance.now();
    baseMs = frame.dtsMs - TIMESTAMP_ROOM_MS;
    encoder = startEncoder({ height, pidDir, onPacket, onExit });
    encoder.video(TIMESTAMP_ROOM_MS, tagHead(true, 0, 0), config.avcc);
  }

  function stop(): void {
    encoder?.stop();
    encoder = null;
  }

  return {
    begin(next) {
      stop();
      tracks = next;
    },
    video(frame) {
      const config = tracks.video;
      if (!config || config.height <= height) return;
      if (!encoder && frame.key && performance.now() >= notBefore) start(config, frame);
      encoder?.video(frame.dtsMs - baseMs, tagHead(frame.key, 1, frame.ptsMs - frame.dtsMs), frame.data);
    },
    finish: stop,
  };
}
