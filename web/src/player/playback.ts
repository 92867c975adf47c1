/** Starting, holding and silencing the video element within what the browser allows. */
import type { Store } from './state.ts';
import { saveVolume } from './volume.ts';

export type Playback = {
  play: () => Promise<void>;
  hold: () => void;
  /** The viewer paused it. */
  held: () => boolean;
  toggleMute: () => void;
  setVolume: (volume: number) => void;
  stop: () => void;
};

/** Wraps a video element. With sound where the browser lets us, else silent, else by a tap. */
export function startPlayback(video: HTMLVideoElement, store: Store): Playback {
  let held = false;
  video.volume = store.get().volume;
  video.muted = store.get().muted;

  const play = async () => {
    held = false;
    const blocked = (error: unknown) => error instanceof DOMException && error.name === 'NotAllowedError';
    try {
      await video.play();
      store.set({ wantsTapToPlay: false });
    } catch (error) {
      // Other rejections only say that a newer load or pause came in between.
      if (!blocked(error)) return;
      if (video.muted) return store.set({ wantsTapToPlay: true });
      video.muted = true;
      store.set({ wantsTapForSound: true });
      await video.play().catch((second: unknown) => {
        if (blocked(second)) store.set({ wantsTapToPlay: true });
      });
    }
  };
  const paused = () => {
    if (held) store.set({ phase: 'paused' });
  };
  const changed = () => {
    store.set({ muted: video.muted, volume: video.volume });
    if (!video.muted) store.set({ wantsTapForSound: false });
  };
  video.addEventListener('pause', paused);
  video.addEventListener('volumechange', changed);

  return {
    play,
    hold: () => {
      held = true;
      video.pause();
    },
    held: () => held,
    toggleMute: () => {
      video.muted = !video.muted;
      if (!video.muted && video.volume === 0) video.volume = 0.5;
      saveVolume(video.volume, video.muted);
    },
    setVolume: (volume) => {
      video.volume = Math.min(1, Math.max(0, volume));
      video.muted = video.volume === 0;
      saveVolume(video.volume, video.muted);
    },
    stop: () => {
      video.removeEventListener('pause', paused);
      video.removeEventListener('volumechange', changed);
    },
  };
}
