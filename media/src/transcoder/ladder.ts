/** The transcoded renditions of one show: fed by the source, each cut where the source is cut. */
import { Follower } from '../packager/follower.ts';
import type { Rendition } from '../packager/rendition.ts';
import type { AudioFrame, Boundary, Tracks, VideoFrame } from '../packager/samples.ts';
import { ladderBandwidth } from './args.ts';
import { createTranscoder, type TranscoderOptions } from './transcoder.ts';

/** What a show knows of its ladder. Calls never throw and never make the source wait. */
export type Ladder = {
  /** All renditions that a playlist may name, falling height. */
  readonly renditions: readonly Rendition[];
  /** Those that a new player is offered now. */
  offered(): readonly Rendition[];
  /** A run of frames with constant tracks begins. */
  begin(tracks: Tracks): void;
  boundary(boundary: Boundary): void;
  video(frame: VideoFrame): void;
  audio(frame: AudioFrame): void;
  /** The run is over; `endMs`: where it ends on the show's timeline, null where nothing was made. */
  finish(endMs: number | null): void;
  /** The show is over. */
  end(): void;
};

export type LadderOptions = {
  readonly heights: readonly number[];
  /** Makes the rendition of that name. */
  readonly rendition: (name: string) => Rendition;
  readonly partMs: number;
  readonly pidDir: string;
  readonly log: TranscoderOptions['log'];
  readonly showId: string;
};

export function createLadder(options: LadderOptions): Ladder {
  const { partMs, pidDir, log, showId } = options;
  let sourceHeight = 0;
  const rungs = options.heights.map((height) => {
    const rendition = options.rendition(`${height}p`);
    const follower = new Follower({ rendition, partMs, bandwidth: ladderBandwidth(height) });
    return { height, rendition, follower, transcoder: createTranscoder({ height, pidDir, follower, log, showId }) };
  });
  const renditions = rungs.map(({ rendition }) => rendition);
  return {
    renditions,
    offered: () => rungs.filter(({ height }) => height < sourceHeight).map(({ rendition }) => rendition),
    begin(tracks) {
      sourceHeight = tracks.video?.height ?? 0;
      for (const { transcoder } of rungs) transcoder.begin(tracks);
    },
    boundary(boundary) {
      for (const { follower } of rungs) follower.boundary(boundary);
    },
    video(frame) {
      for (const { transcoder } of rungs) transcoder.video(frame);
    },
    audio(frame) {
      for (const { follower } of rungs) follower.audio(frame);
    },
    finish(endMs) {
      for (const { transcoder, follower } of rungs) {
        transcoder.finish();
        if (endMs !== null) follower.finish(endMs);
      }
    },
    end() {
      for (const rendition of renditions) rendition.end();
    },
  };
}
