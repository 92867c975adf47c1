/** Looks at the screen twice a second: do frames come, how late are they, must something be done? */
import { frameCount } from './frames.ts';
import type { Playback } from './playback.ts';
import { BEHIND_SECONDS, backInWindow, dvrOf, hasDrifted, isFrozen } from './rules.ts';
import type { Store, Wish } from './state.ts';
import type { Supply } from './supply.ts';

const LOOK_EVERY_MS = 500;
/** No frame for this long is said to the viewer. */
const STALLED_MS = 1500;
/** How long the viewer is told of having been moved. */
const WORD_MS = 6000;

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
  let wordTimer: ReturnType<typeof setTimeout> | undefined;

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
    const reach = engine?.reach() ?? null;
    // Before the first picture the element stands at zero, which is no place in the show.
    const at = frames > 0 ? video.currentTime : live;
    const window = reach && live !== null && at !== null ? { start: reach.start, live, at } : null;
    const dvr = window && dvrOf(window);
    store.set({
      latencySeconds: late === null || video.readyState < 2 ? null : Math.round(late * 10) / 10,
      behind: behindSeconds > BEHIND_SECONDS,
      windowSeconds: dvr?.windowSeconds ?? null,
      behindSeconds: dvr?.behindSeconds ?? 0,
    });
    if (window && !video.paused && !following()) putBack(backInWindow(window));
    if (hasDrifted({ behindSeconds, following: following() && !video.paused, nowMs, jumpMs })) {
      jumpMs = nowMs;
      goLive();
    }
  }
  /** What is no longer kept cannot be watched: on from the oldest picture, with a word. */
  function putBack(position: number | null) {
    if (position === null || video.seeking) return;
    video.currentTime = position;
    store.set({ moved: true });
    clearTimeout(wordTimer);
    wordTimer = setTimeout(() => store.set({ moved: false }), WORD_MS);
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
    stop: () => {
      clearInterval(timer);
      clearTimeout(wordTimer);
    },
  };
}
