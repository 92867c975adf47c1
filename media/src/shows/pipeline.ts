/** What happens to one publisher's frames: the source rendition, and the transcoded ones beside it. */
import { Assembler } from '../packager/assembler.ts';
import { Broadcast, type FrameSink } from '../packager/broadcast.ts';
import { Leader } from '../packager/leader.ts';
import type { Rendition } from '../packager/rendition.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from '../packager/samples.ts';
import type { Ladder } from '../transcoder/ladder.ts';
import type { MediaPacket } from '../types.ts';

export type PipelineOptions = {
  readonly source: Rendition;
  readonly partMs: number;
  readonly anchorMs: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Gives a segment its numbers. `breaks`: it is the first of a run. */
  readonly nextBoundary: (breaks: boolean, startMs: number, ptsMs: number) => Boundary;
  readonly ladder: Ladder;
  readonly onRun: (tracks: Tracks) => void;
  readonly onVideo: (frame: VideoFrame) => void;
  readonly onAudio: (frame: AudioFrame) => void;
  readonly onRunEnd: (endMs: number) => void;
  readonly onUnsupported: (codec: string) => void;
};

/** Starts a pipeline; feed it packets, then close it once. */
export function createPipeline(options: PipelineOptions): { packet(packet: MediaPacket): void; close(): void } {
  const { source, partMs, ladder } = options;
  let leader: Leader | null = null;
  let breaks = true;

  function nextBoundary(startMs: number, ptsMs: number): Boundary {
    const boundary = options.nextBoundary(breaks, startMs, ptsMs);
    breaks = false;
    ladder.boundary(boundary);
    return boundary;
  }

  const sink: FrameSink = {
    begin(tracks: Tracks, announcedBits: number | null): void {
      breaks = true;
      const assembler = new Assembler(source, tracks, null);
      const hasVideo = tracks.video !== null;
      leader = new Leader({ assembler, partMs, hasVideo, audio: tracks.audio ?? { rate: 1000 }, nextBoundary });
      ladder.begin(tracks, announcedBits);
      options.onRun(tracks);
    },
    video(frame: VideoFrame): void {
      options.onVideo(frame);
      leader?.video(frame);
      ladder.video(frame);
    },
    audio(frame: AudioFrame): void {
      options.onAudio(frame);
      leader?.audio(frame);
      ladder.audio(frame);
    },
    finish(): number | null {
      const endMs = leader?.finish() ?? null;
      leader = null;
      ladder.finish(endMs);
      if (endMs !== null) options.onRunEnd(endMs);
      return endMs;
    },
    unsupported: options.onUnsupported,
  };
  const broadcast = new Broadcast({ sink, anchorMs: options.anchorMs, clock: options.clock });
  return { packet: (packet) => broadcast.packet(packet), close: () => broadcast.close() };
}
