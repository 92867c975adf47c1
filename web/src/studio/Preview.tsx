import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { currentSession } from '#contract/live-sessions.ts';
import { call } from '../api/http.ts';
import type { Controller } from '../player/controller.ts';
import { Button } from '../ui/Button.tsx';
import { MutedIcon, SoundIcon } from '../ui/icons.tsx';
import { LivePicture } from '../ui/LivePicture.tsx';
import classes from './preview.module.css';
import type { Overview } from './use-overview.ts';

type Show = NonNullable<Overview['show']>;
type Props = { show: Show /** An encoder sends, so a picture is due. */; sending: boolean };

const AGAIN_MS = 2000;

/** The stream as viewers would see it, without sound until asked: it would be heard by the microphone again. */
export function Preview({ show, sending }: Props) {
  const { t } = useTranslation('studio');
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [controller, setController] = useState<Controller | null>(null);
  const [playing, setPlaying] = useState(false);
  const [muted, setMuted] = useState(true);
  const hlsUrl = useAddress(show);
  const { showId } = show;

  useEffect(() => {
    let stop: (() => void) | undefined;
    let stopped = false;
    const start = async () => {
      const { startController } = await import('../player/controller.ts');
      if (stopped || !video.current || !canvas.current) return;
      const started = startController(video.current, canvas.current, () => undefined);
      stop = started.stop;
      video.current.muted = true;
      setController(started);
    };
    // Without a player the picture of a moment ago still serves.
    start().catch(() => undefined);
    return () => {
      stopped = true;
      stop?.();
    };
  }, []);
  useEffect(() => {
    const source = hlsUrl ? { showId, hlsUrl, nativeUrl: null } : null;
    controller?.wish({ source, pictureDue: sending, clockOffsetMs: 0 });
  }, [controller, showId, hlsUrl, sending]);

  const toggle = () => {
    if (!video.current) return;
    video.current.muted = !muted;
    setMuted(!muted);
  };
  return (
    <div className={classes['stage']} data-preview={playing ? 'playing' : 'waiting'}>
      <LivePicture src={show.thumbnail} alt={t('preview.thumbnail')} />
      {/* biome-ignore lint/a11y/useMediaCaption: the creator's own stream, seen while it is made. */}
      <video
        ref={video}
        className={classes['video']}
        aria-label={t('preview.name')}
        playsInline
        onPlaying={() => setPlaying(true)}
      />
      <canvas ref={canvas} className={classes['kept']} />
      {playing ? (
        <Button small className={classes['sound']} onClick={toggle}>
          {muted ? <MutedIcon /> : <SoundIcon />}
          {t(muted ? 'preview.sound' : 'preview.mute')}
        </Button>
      ) : (
        <p className={classes['waiting']} role="status">
          {t('preview.loading')}
        </p>
      )}
    </div>
  );
}

/** The address of the playlist, with the creator's own grant in a cookie; asked for until there is one. */
function useAddress({ channel, showId, state }: Show): string | null {
  const [address, setAddress] = useState<{ showId: string; hlsUrl: string } | null>(null);
  const known = address?.showId === showId ? address.hlsUrl : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state may bring the address at once.
  useEffect(() => {
    if (known) return;
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    const ask = async () => {
      const current = await call<typeof currentSession>('get', '/api/live-sessions/current', {
        query: { channel },
      }).catch(() => null);
      if (stopped) return;
      if (current?.hlsUrl && current.showId === showId) setAddress({ showId, hlsUrl: current.hlsUrl });
      else timer = setTimeout(ask, AGAIN_MS);
    };
    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [channel, showId, state, known]);
  return known;
}
