/**
 * An encoder that changes its mind: one RTMP connection that goes from one clip to another without a
 * gap in its timestamps, as OBS does when its canvas changes or a phone when it is turned.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlvReader } from '../../media/src/packager/flv-stream.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { connectRtmp, message, publishAsObs } from './rtmp-client.ts';

export type Settings = {
  width?: number;
  height?: number;
  fps?: number;
  audioRate?: number;
  profile?: string;
  bFrames?: number;
};
export type Scene = readonly MediaPacket[];

/** Every clip is this long, milliseconds; its end is where an encoder may change to another. */
const SCENE_MS = 4000;
const KEYFRAME_SECONDS = 2;

/** Encodes (once a machine) a clip with these settings. */
export function scene(settings: Settings = {}): Scene {
  const { width = 640, height = 360, fps = 30, audioRate = 48_000, profile = 'high', bFrames = 0 } = settings;
  const folder = join(tmpdir(), 'stagedoor-clips');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `scene-${width}x${height}-${fps}-${audioRate}-${profile}-${bFrames}.flv`);
  if (!existsSync(file)) {
    const made = `${file}.${process.pid}.flv`;
    const gop = String(fps * KEYFRAME_SECONDS);
    // biome-ignore format: an argv reads best as pairs
    execFileSync('ffmpeg', ['-v', 'error', '-y',
      '-f', 'lavfi', '-i', `testsrc2=s=${width}x${height}:r=${fps}`, '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${audioRate}`,
      '-t', String(SCENE_MS / 1000), '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', profile, '-bf', String(bFrames), '-b_strategy', '0',
      '-pix_fmt', 'yuv420p', '-b:v', '900k', '-g', gop, '-keyint_min', gop, '-sc_threshold', '0',
      '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', made]);
    renameSync(made, file);
  }
  const packets: MediaPacket[] = [];
  new FlvReader((packet) => packets.push(packet)).push(readFileSync(file));
  return packets.filter((packet) => packet.timestampMs < SCENE_MS);
}

export type LiveEncoder = {
  /** Goes over to another scene where the running one ends. Resolves once its first picture is sent. */
  change(next: Scene): Promise<void>;
  /** From now on everything is sent later by this, with the same timestamps: a slow network or clock, milliseconds. */
  slip(ms: number): void;
  /** Sends no sound for this long, milliseconds of stream. */
  mute(ms: number): void;
  stop(): void;
  readonly closed: Promise<void>;
};

export type LiveEncoderOptions = {
  readonly port: number;
  readonly key: string;
  readonly first: Scene;
  /** Sound is sent behind the picture by this, or ahead of it where below zero, milliseconds. */
  readonly soundLateMs?: number;
};

const TICK_MS = 10;
const TYPE = { audio: 8, video: 9 } as const;
const CHUNK_STREAM = { audio: 4, video: 6 } as const;
const isHeader = ({ payload }: MediaPacket) => payload[1] === 0;

/** Publishes scenes in real time until stopped. */
export async function startLiveEncoder(options: LiveEncoderOptions): Promise<LiveEncoder> {
  const client = await connectRtmp({ port: options.port });
  await publishAsObs(client, { key: options.key });
  const status = await client.status();
  if (status.code !== 'NetStream.Publish.Start') throw new Error(`not published: ${status.code}`);
  /** The scene of each round, as far as it is decided. */
  const rounds: Scene[] = [options.first];
  let next: { scene: Scene; begun: () => void } | null = null;
  let startMs = performance.now();
  let mutedUntilMs = 0;

  function sceneOf(round: number): Scene {
    const decided = rounds[round];
    if (decided) return decided;
    const scene = next?.scene ?? rounds[round - 1] ?? options.first;
    rounds[round] = scene;
    return scene;
  }

  /** One track's way through the scenes; the returned function sends what is due. */
  function track(kind: 'audio' | 'video', lateMs: number): (streamMs: number) => void {
    let round = 0;
    let at = 0;
    return (streamMs) => {
      for (;;) {
        const scene = sceneOf(round);
        const packet = scene[at];
        const time = round * SCENE_MS + (packet?.timestampMs ?? SCENE_MS);
        if (time + lateMs > streamMs) return;
        at += 1;
        if (!packet) {
          round += 1;
          at = 0;
          continue;
        }
        if (packet.kind !== kind || (isHeader(packet) && rounds[round - 1] === scene)) continue;
        if (kind === 'video' && next?.scene === scene) {
          next.begun();
          next = null;
        }
        if (kind === 'audio' && time < mutedUntilMs) continue;
        const { payload } = packet;
        const chunkStream = CHUNK_STREAM[kind];
        client.send(message({ type: TYPE[kind], payload, time, streamId: 1, chunkStream, chunkSize: 4096 }));
      }
    };
  }
  const late = options.soundLateMs ?? 0;
  const sound = track('audio', Math.max(0, late));
  const picture = track('video', Math.max(0, -late));
  const timer = setInterval(() => {
    const streamMs = performance.now() - startMs;
    // A scene is decided by whoever reaches it first, so sound and picture always change together.
    picture(streamMs);
    sound(streamMs);
  }, TICK_MS);
  void client.closed.then(() => clearInterval(timer));
  return {
    change: (scene) =>
      new Promise((resolve) => {
        next = { scene, begun: resolve };
      }),
    slip: (ms) => {
      startMs += ms;
    },
    mute: (ms) => {
      mutedUntilMs = performance.now() - startMs + ms;
    },
    stop: () => {
      clearInterval(timer);
      client.socket.destroy();
    },
    closed: client.closed,
  };
}
