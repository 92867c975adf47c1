/** Looks at the screen twice a second: do frames come, how late are they, must something be done? */
import { frameCount } from './frames.ts';
import type { Playback } from './playback.ts';
import { BEHIND_SECONDS, hasDrifted, isFrozen } from './rules.ts';
import type { Store, Wish } from './state.ts';
import type { Supply } from './supply.ts';

const LOOK_EVERY_MS = 500;
/** No frame for this long is said to the viewer. */
const STALLED_MS = 1500;

type Parts = {
  video: HTMLVideoElement;
  store: Store;
  playback: Playback;
  supply: Supply;
  wish: () => Wish;
  following: () => boolean;
  goLive: () => void;
};

export type Watchdog = {
  /** A frame came since this instant, Unix milliseconds. */
  sawFrameSince: (instantMs: number) => boolean;
  /** Gives a remedy time to work. */
  patience: () => void;
  stop: () => void;
};

/** Starts looking. */
export function startWatchdog({ video, store, playback, supply, wish, following, goLive }: Parts): Watchdog {
  let frames = -1;
  let frameMs = 0;
  let patienceMs = Date.now();
  let jumpMs = 0;

  function lookAtFrames(nowMs: number) {
    const count = frameCount(video);
    if (count !== frames && count > 0 && !video.paused) {
      frames = count;
      frameMs = nowMs;
      patienceMs = nowMs;
      supply.healthy();
      store.set({ phase: 'playing', trouble: false, frameKept: false, wantsTapToPlay: false });
    } else if (store.get().phase === 'playing' && nowMs - frameMs > STALLED_MS && !video.paused) {
      store.set({ phase: 'stalled' });
    }
  }
  function lookAtPlace(nowMs: number) {
    const engine = supply.engine();
    const playingMs = engine?.playingDateMs() ?? null;
    const live = engine?.livePosition() ?? null;
    const late = playingMs === null ? null : Math.max(0, (nowMs + wish().clockOffsetMs - playingMs) / 1000);
    const behindSeconds = live === null ? 0 : live - video.currentTime;
    store.set({
      latencySeconds: late === null || video.readyState < 2 ? null : Math.round(late * 10) / 10,
      behind: behindSeconds > BEHIND_SECONDS,
    });
    if (hasDrifted({ behindSeconds, following: following() && !video.paused, nowMs, jumpMs })) {
      jumpMs = nowMs;
      goLive();
    }
  }
  const timer = setInterval(() => {
    if (!supply.engine()) return;
    const nowMs = Date.now();
    lookAtFrames(nowMs);
    lookAtPlace(nowMs);
    const frozen = isFrozen({
      nowMs,
      lastFrameMs: patienceMs,
      pictureDue: wish().pictureDue && wish().source !== null,
      held: playback.held() || store.get().wantsTapToPlay,
      hidden: document.visibilityState === 'hidden',
    });
    if (!frozen) return;
    patienceMs = nowMs;
    supply.repair('frozen');
  }, LOOK_EVERY_MS);

  return {
    sawFrameSince: (instantMs) => frameMs >= instantMs,
    patience: () => {
      patienceMs = Date.now();
    },
    stop: () => clearInterval(timer),
  };
}
