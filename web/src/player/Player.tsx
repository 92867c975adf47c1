import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { PlayIcon, SoundIcon } from '../ui/icons.tsx';
import { Controls } from './Controls.tsx';
import { type Controller, startController } from './controller.ts';
import { listenToKeys } from './keyboard.ts';
import classes from './player.module.css';
import { PAST_SECONDS } from './rules.ts';
import type { Wish } from './state.ts';
import { useIdle, useScreen } from './use-screen.ts';

type Props = {
  wish: Wish;
  /** A code with which media refused the playlist. */
  onRefused: (code: string) => void;
  onPicture: () => void;
  theatre: boolean;
  onTheatre: () => void;
  /** What the page lays over the picture. */
  children: ReactNode;
};

/** The stage: video, last frame, cover, controls. Stays mounted through every fault. */
export function Player(props: Props) {
  const root = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [controller, setController] = useState<Controller | null>(null);
  const refused = useRef(props.onRefused);
  refused.current = props.onRefused;

  useEffect(() => {
    if (!video.current || !canvas.current) return;
    const started = startController(video.current, canvas.current, (code) => refused.current(code));
    setController(started);
    return started.stop;
  }, []);

  const { source, pictureDue, clockOffsetMs } = props.wish;
  const { showId, hlsUrl, nativeUrl } = source ?? {};
  useEffect(() => {
    const wished = showId && hlsUrl ? { showId, hlsUrl, nativeUrl: nativeUrl ?? null } : null;
    controller?.wish({ source: wished, pictureDue, clockOffsetMs });
  }, [controller, showId, hlsUrl, nativeUrl, pictureDue, clockOffsetMs]);

  return (
    <div ref={root} className={classes['root']} data-player-root="">
      {/* biome-ignore lint/a11y/useMediaCaption: a live broadcast carries its captions in the picture, if any. */}
      <video ref={video} className={classes['video']} playsInline disableRemotePlayback={false} tabIndex={-1} />
      <canvas ref={canvas} className={classes['canvas']} />
      {controller && root.current && video.current ? (
        <Stage {...props} controller={controller} root={root.current} video={video.current} />
      ) : (
        props.children
      )}
    </div>
  );
}

function Stage(props: Props & { controller: Controller; root: HTMLDivElement; video: HTMLVideoElement }) {
  const { controller, root, video, theatre, onTheatre, onPicture } = props;
  const { t } = useTranslation('watch');
  const state = useSyncExternalStore(controller.subscribe, controller.state);
  const screen = useScreen(root, video);
  const idle = useIdle(root);
  const playing = state.phase === 'playing';
  const active = state.engine !== null && props.wish.source !== null;
  const past = active && state.behindSeconds > PAST_SECONDS;

  useEffect(() => {
    if (playing) onPicture();
  }, [playing, onPicture]);

  useEffect(() => {
    root.dataset['player'] = state.phase;
    root.dataset['engine'] = state.engine ?? 'none';
    root.dataset['keptFrame'] = state.frameKept ? 'yes' : 'no';
    root.dataset['past'] = past ? 'yes' : 'no';
    root.dataset['idle'] = idle && playing ? 'yes' : 'no';
    root.dataset['latency'] = state.latencySeconds === null ? '' : String(state.latencySeconds);
  }, [root, state, idle, playing, past]);

  useEffect(() => {
    if (!active) return;
    return listenToKeys({
      play: controller.togglePlay,
      mute: controller.toggleMute,
      fullscreen: screen.toggleFullscreen,
      theatre: onTheatre,
      live: controller.goLive,
      oldest: () => controller.seekBehind(Number.POSITIVE_INFINITY),
      seekBy: controller.seekBy,
      louderBy: (by) => controller.setVolume(controller.state().volume + by),
    });
  }, [active, controller, screen.toggleFullscreen, onTheatre]);

  const word = state.moved ? 'moved' : null;
  const trouble = !active || !props.wish.pictureDue ? null : troubleOf(state.phase, state.trouble);
  return (
    <>
      {active ? (
        <button
          type="button"
          className={classes['surface']}
          tabIndex={-1}
          aria-hidden="true"
          onClick={() => {
            if (matchMedia('(hover: hover)').matches) controller.togglePlay();
          }}
        />
      ) : null}
      {props.children}
      {trouble ? (
        <p className={classes['trouble']} role="status" data-trouble={trouble}>
          <span className={classes['spinner']} />
          {t(`player.${trouble}`)}
        </p>
      ) : null}
      {!trouble && word && active ? (
        <p className={classes['trouble']} role="status" data-word={word}>
          {t(`player.${word}`)}
        </p>
      ) : null}
      {active && (state.wantsTapToPlay || state.wantsTapForSound) ? (
        <button
          type="button"
          className={classes['tap']}
          onClick={state.wantsTapToPlay ? controller.togglePlay : controller.toggleMute}
        >
          {state.wantsTapToPlay ? <PlayIcon /> : <SoundIcon />}
          {t(state.wantsTapToPlay ? 'player.tapToPlay' : 'player.tapForSound')}
        </button>
      ) : null}
      {active ? (
        <Controls {...{ state, controller, screen, theatre, onTheatre }} placed={props.wish.pictureDue || past} />
      ) : null}
    </>
  );
}

function troubleOf(phase: string, trouble: boolean): 'loading' | 'network' | 'retrying' | 'unsupported' | null {
  if (phase === 'unsupported') return 'unsupported';
  if (phase === 'loading') return 'loading';
  if (phase === 'retrying' || phase === 'stalled') return navigator.onLine && !trouble ? 'retrying' : 'network';
  return null;
}
