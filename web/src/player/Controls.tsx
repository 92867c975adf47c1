import { useTranslation } from 'react-i18next';
import {
  FullscreenIcon,
  LeaveFullscreenIcon,
  MutedIcon,
  PauseIcon,
  PipIcon,
  PlayIcon,
  SoundIcon,
  TheatreIcon,
} from '../ui/icons.tsx';
import { clockOf } from '../ui/time.ts';
import type { Controller } from './controller.ts';
import classes from './controls.module.css';
import { QualityMenu } from './QualityMenu.tsx';
import { PAST_SECONDS } from './rules.ts';
import { SeekBar } from './SeekBar.tsx';
import type { PlayerState } from './state.ts';
import type { Screen } from './use-screen.ts';

type Props = {
  state: PlayerState;
  controller: Controller;
  screen: Screen;
  /** False while the creator is away or pauses and the viewer is not in the past: there is no place to show. */
  placed: boolean;
  theatre: boolean;
  onTheatre: () => void;
};

/** The bar under the picture. */
export function Controls({ state, controller, screen, placed, theatre, onTheatre }: Props) {
  const { t } = useTranslation('watch');
  const paused = state.phase === 'paused' || state.wantsTapToPlay;
  return (
    <fieldset className={classes['bar']} aria-label={t('player.name')}>
      {placed ? <SeekBar state={state} controller={controller} /> : null}
      <Tool name={t(paused ? 'player.play' : 'player.pause')} onPress={controller.togglePlay}>
        {paused ? <PlayIcon /> : <PauseIcon />}
      </Tool>
      <Tool name={t(state.muted ? 'player.unmute' : 'player.mute')} onPress={controller.toggleMute}>
        {state.muted ? <MutedIcon /> : <SoundIcon />}
      </Tool>
      <input
        className={classes['volume']}
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={state.muted ? 0 : state.volume}
        aria-label={t('player.volume')}
        onChange={(event) => controller.setVolume(Number(event.target.value))}
      />
      {placed ? <Place state={state} paused={paused} goLive={controller.goLive} /> : null}
      <span className={classes['gap']} />
      <QualityMenu levels={state.levels} chosen={state.chosen} level={state.level} onChoose={controller.choose} />
      {screen.canPip ? (
        <Tool name={t('player.pip')} onPress={screen.togglePip} wide>
          <PipIcon />
        </Tool>
      ) : null}
      <Tool name={t(theatre ? 'player.leaveTheatre' : 'player.theatre')} onPress={onTheatre} wide pressed={theatre}>
        <TheatreIcon />
      </Tool>
      <Tool
        name={t(screen.fullscreen ? 'player.leaveFullscreen' : 'player.fullscreen')}
        onPress={screen.toggleFullscreen}
      >
        {screen.fullscreen ? <LeaveFullscreenIcon /> : <FullscreenIcon />}
      </Tool>
    </fieldset>
  );
}

function Place({ state, paused, goLive }: { state: PlayerState; paused: boolean; goLive: () => void }) {
  const { t } = useTranslation('watch');
  return (
    <>
      {state.behind || paused ? (
        <button type="button" className={classes['go']} onClick={goLive}>
          {t('player.goLive')}
        </button>
      ) : (
        <span className={classes['at']}>{t('player.atLive')}</span>
      )}
      {state.behindSeconds > PAST_SECONDS ? (
        <span className={classes['latency']} data-behind={state.behindSeconds}>
          {`−${clockOf(state.behindSeconds * 1000)}`}
        </span>
      ) : (
        <span className={classes['latency']} title={t('player.latencyName')} data-latency="">
          {state.latencySeconds === null ? '' : t('player.latency', { seconds: state.latencySeconds.toFixed(1) })}
        </span>
      )}
    </>
  );
}

type ToolProps = {
  name: string;
  onPress: () => void;
  children: React.ReactNode;
  wide?: boolean;
  pressed?: boolean;
};

function Tool({ name, onPress, children, wide = false, pressed }: ToolProps) {
  return (
    <button
      type="button"
      className={`${classes['tool']} ${wide ? classes['wide'] : ''}`}
      aria-label={name}
      title={name}
      aria-pressed={pressed}
      onClick={onPress}
    >
      {children}
    </button>
  );
}
