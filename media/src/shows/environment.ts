/** What a show needs from the process that carries it. */
import type { WantedShow } from '#contract/media-port.ts';
import type { Recorder, RecorderOptions } from '../recording/recorder.ts';
import type { Thumbnails } from '../thumbnails/thumbnails.ts';
import type { Ladder, LadderOptions } from '../transcoder/ladder.ts';
import type { PublishRequest } from '../types.ts';

export type ShowEnvironment = {
  readonly mediaDir: string;
  readonly addressSecret: string;
  readonly partMs: number;
  /** The window that the disk allows where `wanted` seconds are wished for. */
  readonly windowSeconds: (wanted: number) => number;
  readonly createRecorder: (show: Pick<RecorderOptions, 'isWanted' | 'onFault'> & { showId: string }) => Recorder;
  /** A file of this show could not be written. */
  readonly onFileError: (error: Error) => void;
  readonly thumbnails: Thumbnails;
  readonly createLadder: (
    options: Pick<LadderOptions, 'rendition' | 'partMs' | 'showId' | 'shape' | 'keepShape'>,
  ) => Ladder;
  /** Something that the control plane wants to know has changed. */
  readonly onChange: () => void;
  readonly onUnsupported: (request: PublishRequest, show: WantedShow) => void;
  readonly log: { warn(data: object, message: string): void; info(data: object, message: string): void };
};
