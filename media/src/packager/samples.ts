/** What passes between the parts of the packager. Times are whole milliseconds on the show's timeline. */

export type VideoConfig = {
  /** AVCDecoderConfigurationRecord, as it stands in the `avcC` box. */
  readonly avcc: Buffer;
  readonly width: number;
  readonly height: number;
  /** From the SPS; null where the encoder does not say. */
  readonly fps: number | null;
  readonly pixelAspect: readonly [number, number];
  /** RFC 6381, for example `avc1.64001f`. */
  readonly codec: string;
};

export type AudioConfig = {
  /** AudioSpecificConfig, as it stands in the `esds` box. */
  readonly asc: Buffer;
  /** Samples per second of the AAC core; also the track's timescale. */
  readonly rate: number;
  readonly channels: number;
  /** Samples in one frame: 1024, seldom 960. */
  readonly frameSamples: number;
  readonly codec: string;
};

export type Tracks = { readonly video: VideoConfig | null; readonly audio: AudioConfig | null };

/** One access unit, length-prefixed NAL units. The bytes are the receiver's only until it returns: who keeps them copies. */
export type VideoFrame = {
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly key: boolean;
  readonly data: Buffer;
};

/** One raw AAC frame, the receiver's to keep; `ticks` counts samples of its track. */
export type AudioFrame = { readonly ticks: number; readonly data: Buffer };

/** Where a segment of the show begins; made by the source, followed by every other rendition. */
export type Boundary = {
  readonly msn: number;
  /** Discontinuity sequence number of the segment. */
  readonly discontinuity: number;
  /** True where the segment is the first after a discontinuity. */
  readonly breaks: boolean;
  readonly startMs: number;
  readonly ptsMs: number;
  /** Unix milliseconds at which the first frame arrived; within a run it follows the durations (shows/clock.ts). */
  readonly dateMs: number;
};
