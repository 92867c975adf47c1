import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clockOf } from '../ui/time.ts';
import type { Controller } from './controller.ts';
import classes from './seek.module.css';
import type { PlayerState } from './state.ts';

/** One press of an arrow key on the bar, seconds. */
const STEP_SECONDS = 5;

/** Rewinds a show that runs. Absent where there is too little to rewind. */
export function SeekBar({ state, controller }: { state: PlayerState; controller: Controller }) {
  const { t } = useTranslation('watch');
  // While the thumb is held the bar belongs to the hand, not to the picture.
  const [held, setHeld] = useState<number | null>(null);
  const { windowSeconds } = state;
  if (windowSeconds === null) return null;
  const behind = Math.min(windowSeconds, held ?? state.behindSeconds);
  const clock = clockOf(behind * 1000);
  const letGo = () => {
    if (held === null) return;
    controller.seekBehind(held);
    setHeld(null);
  };
  return (
    <div className={classes['seek']} data-dvr={windowSeconds}>
      {held === null ? null : (
        <output className={classes['bubble']}>{behind < 1 ? t('player.atLive') : `−${clock}`}</output>
      )}
      <progress className={classes['played']} max={windowSeconds} value={windowSeconds - behind} aria-hidden="true" />
      <input
        className={classes['range']}
        type="range"
        min={-windowSeconds}
        max={0}
        step={STEP_SECONDS > windowSeconds ? 1 : STEP_SECONDS}
        value={-behind}
        aria-label={t('player.rewind')}
        aria-valuetext={behind < 1 ? t('player.atLive') : t('player.behind', { clock })}
        onChange={(event) => setHeld(-Number(event.target.value))}
        onPointerUp={letGo}
        onKeyUp={letGo}
        onBlur={letGo}
      />
    </div>
  );
}
