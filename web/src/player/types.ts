export type Level = {
  index: number;
  /** 0 for sound alone. */
  height: number;
  fps: number;
  kilobits: number;
  /** What the encoder sent, not encoded again. */
  original: boolean;
};

/** What can be reached, in seconds of `currentTime`: the oldest picture listed and the newest. */
type Reach = { start: number; end: number };

/** What an engine tells the controller. */
export type EngineEvents = {
  levels: (levels: Level[]) => void;
  /** The rendition on screen, and whether the engine chose it. */
  level: (index: number, automatic: boolean) => void;
  /** Media answered a playlist with a refusal and this code. */
  refused: (code: string) => void;
  /** Loading or decoding stopped; the engine waits for a remedy. */
  broken: (kind: 'network' | 'media') => void;
  /** Something failed that the engine itself repeats. */
  hiccup: () => void;
};

/** hls.js or the browser's own HLS behind one face. */
export type Engine = {
  kind: 'hls' | 'native';
  /** Goes on loading at the live edge. */
  resume: () => void;
  /** A new picture is there to be had: looks at once, where the next look would come later. */
  refresh: () => void;
  /** Resets the decoder. */
  recover: () => void;
  hold: () => void;
  /** Position of the live edge minus the wished distance, seconds of `currentTime`; null while unknown. */
  livePosition: () => number | null;
  /** null while unknown. */
  reach: () => Reach | null;
  /** Wall-clock time of the frame on screen, Unix milliseconds, from PROGRAM-DATE-TIME. */
  playingDateMs: () => number | null;
  /** -1 is automatic. */
  choose: (level: number) => void;
  destroy: () => void;
};

export type Source = {
  showId: string;
  /** Playlist that is opened by cookie. */
  hlsUrl: string;
  /** Playlist with the grant in its path, for the browser's own player; null where we hold none. */
  nativeUrl: string | null;
};
