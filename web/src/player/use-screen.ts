import { useCallback, useEffect, useState } from 'react';

/** iPhones can show only the video element itself on the full screen. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** How long the controls stay after the last sign of life, milliseconds. */
const IDLE_MS = 2600;

export type Screen = { fullscreen: boolean; toggleFullscreen: () => void; canPip: boolean; togglePip: () => void };

/** Full screen and picture in picture. Refusals by the browser change nothing and need no words. */
export function useScreen(root: HTMLElement, video: AppleVideo): Screen {
  const [fullscreen, setFullscreen] = useState(false);
  useEffect(() => {
    const changed = () => setFullscreen(document.fullscreenElement === root);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, [root]);

  const toggleFullscreen = useCallback(() => {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    else if (document.fullscreenEnabled) root.requestFullscreen().catch(() => undefined);
    else video.webkitEnterFullscreen?.();
  }, [root, video]);

  const togglePip = useCallback(() => {
    if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => undefined);
    else video.requestPictureInPicture().catch(() => undefined);
  }, [video]);

  return { fullscreen, toggleFullscreen, canPip: document.pictureInPictureEnabled === true, togglePip };
}

/** True once nobody moved, touched or typed on the stage for a while. */
export function useIdle(root: HTMLElement): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), IDLE_MS);
    };
    const gone = (event: PointerEvent) => {
      if (event.pointerType === 'mouse') setIdle(true);
    };
    alive();
    root.addEventListener('pointermove', alive);
    root.addEventListener('pointerdown', alive);
    root.addEventListener('focusin', alive);
    root.addEventListener('keydown', alive);
    root.addEventListener('pointerleave', gone);
    return () => {
      clearTimeout(timer);
      root.removeEventListener('pointermove', alive);
      root.removeEventListener('pointerdown', alive);
      root.removeEventListener('focusin', alive);
      root.removeEventListener('keydown', alive);
      root.removeEventListener('pointerleave', gone);
    };
  }, [root]);
  return idle;
}
