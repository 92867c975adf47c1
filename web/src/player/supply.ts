/** Keeps a source coming: builds engines, repairs them with a back-off, and keeps the last frame meanwhile. */
import { keepFrame } from './frames.ts';
import { canUseNative, startNative } from './native-engine.ts';
import type { Playback } from './playback.ts';
import { backoffMs, type Remedy, remedyFor } from './rules.ts';
import type { Store, Wish } from './state.ts';
import type { Engine, EngineEvents, Source } from './types.ts';

export type Supply = {
  engine: () => Engine | null;
  /** Builds the engine anew. */
  rebuild: () => void;
  apply: (remedy: Remedy) => void;
  /** Applies the remedy for a fault after the back-off; one at a time. */
  repair: (kind: 'network' | 'media' | 'frozen') => void;
  /** Does a waiting repair at once. */
  hurry: () => void;
  healthy: () => void;
  drop: () => void;
};

type Parts = {
  video: HTMLVideoElement;
  canvas: HTMLCanvasElement;
  store: Store;
  playback: Playback;
  wish: () => Wish;
  refused: (code: string) => void;
};

/** Most viewers of this page need it, but nobody needs it before a show is on. */
const loadHls = () => import('./hls-engine.ts');

/** Starts an idle supply. */
export function startSupply({ video, canvas, store, playback, wish, refused }: Parts): Supply {
  let engine: Engine | null = null;
  let building = 0;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { set } = store;

  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const keep = () => {
    if (keepFrame(video, canvas)) set({ frameKept: true });
  };

  function later(remedy: Remedy) {
    if (timer !== undefined) return;
    const waitMs = backoffMs(attempt, Math.random(), !wish().pictureDue);
    attempt += 1;
    timer = setTimeout(() => {
      timer = undefined;
      apply(remedy);
    }, waitMs);
  }
  function repair(kind: 'network' | 'media' | 'frozen') {
    set({ phase: 'retrying', trouble: kind === 'network' });
    later(remedyFor(kind, attempt));
  }

  const events: EngineEvents = {
    levels: (levels) => {
      set({ levels });
      if (!playback.held()) void playback.play();
    },
    // A chosen rendition may go; the engine then chooses by itself, and the menu says so.
    level: (level, automatic) => set({ level, ...(automatic ? { chosen: -1 } : {}) }),
    hiccup: () => set({ trouble: true }),
    refused: (code) => {
      set({ phase: 'refused' });
      refused(code);
      // The page decides whether the right is gone. Until it takes the source away, asking goes on; the browser's own
      // player has its grant in the address, and takes the newest one.
      later(engine?.kind === 'native' ? 'rebuild' : 'resume');
    },
    broken: repair,
  };

  async function build(source: Source) {
    building += 1;
    const mine = building;
    const hls = await loadHls().catch(() => null);
    if (mine !== building) return;
    engine?.destroy();
    engine = null;
    if (hls?.canUseHls()) engine = hls.startHls(video, source.hlsUrl, events);
    else if (canUseNative(video)) engine = startNative(video, source.nativeUrl ?? source.hlsUrl, events);
    else if (!hls) return repair('network');
    else return set({ phase: 'unsupported' });
    const { chosen, phase } = store.get();
    if (chosen >= 0) engine.choose(chosen);
    set({ engine: engine.kind, phase: phase === 'idle' ? 'loading' : phase });
    if (engine.kind === 'native' && !playback.held()) void playback.play();
  }
  function rebuild() {
    const { source } = wish();
    if (!source) return;
    keep();
    void build(source);
  }
  function apply(remedy: Remedy) {
    if (!wish().source) return;
    if (remedy === 'rebuild' || !engine) return rebuild();
    if (remedy === 'recover') engine.recover();
    else engine.resume();
    if (!playback.held() && video.paused) void playback.play();
  }

  return {
    engine: () => engine,
    rebuild,
    apply,
    repair,
    hurry: () => {
      if (timer === undefined) return;
      cancel();
      apply('resume');
    },
    healthy: () => {
      attempt = 0;
    },
    drop: () => {
      building += 1;
      cancel();
      attempt = 0;
      if (!engine) return;
      keep();
      engine.destroy();
      engine = null;
      set({
        phase: 'idle',
        latencySeconds: null,
        behind: false,
        windowSeconds: null,
        behindSeconds: 0,
        trouble: false,
      });
    },
  };
}
