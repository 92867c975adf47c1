/**
 * One player: wires playback, supply and watchdog together and does what the viewer asks. It
 * outlives every fault of the source; only the page ends it.
 */
import { keepNearEdge } from './edge.ts';
import { startPlayback } from './playback.ts';
import { JUMP_AFTER_SLEEP_SECONDS } from './rules.ts';
import { makeStore, type PlayerState, type Wish } from './state.ts';
import { startSupply } from './supply.ts';
import { startWatchdog } from './watchdog.ts';

export type Controller = {
  state: () => PlayerState;
  subscribe: (listener: () => void) => () => void;
  wish: (wish: Wish) => void;
  togglePlay: () => void;
  toggleMute: () => void;
  setVolume: (volume: number) => void;
  goLive: () => void;
  /** Moves by seconds, within what can be reached. */
  seekBy: (seconds: number) => void;
  /** Goes to a place this many seconds behind live. */
  seekBehind: (seconds: number) => void;
  choose: (level: number) => void;
  stop: () => void;
};

/** After the creator returned, playback that does not start by itself within this time is nudged, milliseconds. */
const NUDGE_MS = 2000;
/** Seeking is heard and seen; smaller steps than this, seconds, are not worth it. */
const SMALLEST_JUMP_SECONDS = 0.3;
/** Rewinding stays this far from the oldest picture, which goes next, seconds. */
const OLDEST_MARGIN_SECONDS = 1;

/** Starts a player on a video element and a canvas for the last frame. `refused` hears codes of media's refusals. */
export function startController(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  refused: (code: string) => void,
): Controller {
  const store = makeStore();
  const playback = startPlayback(video, store);
  let wished: Wish = { source: null, pictureDue: false, clockOffsetMs: 0 };
  /** The viewer wants to be at the live edge. */
  let following = true;
  const wish = () => wished;
  const supply = startSupply({ video, canvas, store, playback, wish, refused });

  const goLive = () => {
    const position = supply.engine()?.livePosition() ?? null;
    following = true;
    if (position !== null && Math.abs(position - video.currentTime) > SMALLEST_JUMP_SECONDS)
      video.currentTime = position;
    if (video.paused) void playback.play();
  };
  const watchdog = startWatchdog({ video, store, playback, supply, wish, following: () => following, goLive });
  const stopKeeping = keepNearEdge({ video, playback, engine: supply.engine, following: () => following });
  const seekTo = (position: number) => {
    const reach = supply.engine()?.reach();
    const live = supply.engine()?.livePosition();
    if (!reach || live === null || live === undefined) return;
    if (position >= live - SMALLEST_JUMP_SECONDS) return goLive();
    following = false;
    video.currentTime = Math.max(reach.start + OLDEST_MARGIN_SECONDS, position);
  };
  const stopWaking = onWake(supply.hurry, () => {
    watchdog.patience();
    const live = supply.engine()?.livePosition() ?? null;
    if (!following || playback.held() || live === null) return;
    if (live - video.currentTime > JUMP_AFTER_SLEEP_SECONDS) goLive();
    else if (video.paused) void playback.play();
  });

  const take = (next: Wish) => {
    const before = wished;
    wished = next;
    if (!next.source) return supply.drop();
    if (before.source?.showId !== next.source.showId) {
      following = true;
      watchdog.patience();
      if (before.source) store.set({ frameKept: false, chosen: -1 });
      return supply.rebuild();
    }
    if (!next.pictureDue || before.pictureDue) return;
    watchdog.patience();
    // While the creator was away the playlist was looked at every three seconds only.
    supply.engine()?.refresh();
    const sinceMs = Date.now();
    setTimeout(() => {
      if (wished.pictureDue && !watchdog.sawFrameSince(sinceMs)) supply.apply('resume');
    }, NUDGE_MS);
  };

  return {
    state: store.get,
    subscribe: store.subscribe,
    wish: take,
    togglePlay: () => {
      if (video.paused) return void playback.play();
      following = false;
      playback.hold();
    },
    toggleMute: playback.toggleMute,
    setVolume: playback.setVolume,
    goLive,
    seekBy: (seconds) => seekTo(video.currentTime + seconds),
    seekBehind: (seconds) => seekTo((supply.engine()?.livePosition() ?? 0) - seconds),
    choose: (level) => {
      supply.engine()?.choose(level);
      store.set({ chosen: level });
    },
    stop: () => {
      watchdog.stop();
      stopKeeping();
      stopWaking();
      supply.drop();
      playback.stop();
    },
  };
}

/** Calls back when the network returns, and when the tab is seen again (also after sleep). Returns stop. */
function onWake(online: () => void, seen: () => void): () => void {
  const changed = () => {
    if (document.visibilityState === 'visible') seen();
  };
  document.addEventListener('visibilitychange', changed);
  window.addEventListener('online', online);
  return () => {
    document.removeEventListener('visibilitychange', changed);
    window.removeEventListener('online', online);
  };
}
