import type { Level, Source } from './types.ts';
import { readVolume } from './volume.ts';

export type PlayerState = {
  phase: 'idle' | 'loading' | 'playing' | 'paused' | 'stalled' | 'retrying' | 'refused' | 'unsupported';
  engine: 'hls' | 'native' | null;
  muted: boolean;
  /** 0 to 1. */
  volume: number;
  /** The browser allowed only silent playback; a tap brings the sound. */
  wantsTapForSound: boolean;
  /** The browser allowed nothing; a tap starts playback. */
  wantsTapToPlay: boolean;
  levels: Level[];
  /** What the viewer chose; -1 is automatic. */
  chosen: number;
  /** What is on screen; -1 while unknown. */
  level: number;
  latencySeconds: number | null;
  behind: boolean;
  /** What can be rewound; null: too little for a bar. Whole seconds. */
  windowSeconds: number | null;
  behindSeconds: number;
  /** The viewer's place had left the window, and was moved. */
  moved: boolean;
  /** Loading fails at the moment. */
  trouble: boolean;
  /** The kept frame stands in for the video. */
  frameKept: boolean;
};

const FIRST_STATE: PlayerState = {
  phase: 'idle',
  engine: null,
  muted: false,
  volume: 1,
  wantsTapForSound: false,
  wantsTapToPlay: false,
  levels: [],
  chosen: -1,
  level: -1,
  latencySeconds: null,
  behind: false,
  windowSeconds: null,
  behindSeconds: 0,
  moved: false,
  trouble: false,
  frameKept: false,
};

/** What the page wants to see. */
export type Wish = {
  /** null: nothing to play, or no right to. */
  source: Source | null;
  pictureDue: boolean;
  clockOffsetMs: number;
};

export type Store = {
  get: () => PlayerState;
  set: (change: Partial<PlayerState>) => void;
  subscribe: (listener: () => void) => () => void;
};

/** Holds the state and tells listeners of changes, and only of changes. */
export function makeStore(): Store {
  let state: PlayerState = { ...FIRST_STATE, ...readVolume() };
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set: (change) => {
      const next = { ...state, ...change };
      const before = new Map<string, unknown>(Object.entries(state));
      if (Object.entries(next).every(([name, value]) => before.get(name) === value)) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
