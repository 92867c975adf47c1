import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { QualityIcon } from '../ui/icons.tsx';
import classes from './controls.module.css';
import type { Level } from './types.ts';

type Props = { levels: Level[]; chosen: number; level: number; onChoose: (level: number) => void };

/** Rates above this are part of a rendition's name, frames a second. */
const SMOOTH_FPS = 31;

/** Automatic, or one rendition. Absent where there is nothing to choose. */
export function QualityMenu({ levels, chosen, level, onChoose }: Props) {
  const { t } = useTranslation('watch');
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  if (levels.length < 2) return null;
  const now = levels[level];
  const nameOf = ({ height, fps }: Level) =>
    height === 0 ? t('player.soundOnly') : `${height}p${fps > SMOOTH_FPS ? fps : ''}`;
  const automatic = chosen < 0 && now ? t('player.autoNow', { name: nameOf(now) }) : t('player.auto');
  const options = [
    { index: -1, text: automatic },
    ...[...levels]
      .sort((a, b) => b.height - a.height || b.kilobits - a.kilobits)
      .map((one) => ({
        index: one.index,
        text: one.original ? t('player.original', { name: nameOf(one) }) : nameOf(one),
      })),
  ];
  const close = () => {
    setOpen(false);
    box.current?.querySelector('button')?.focus();
  };
  const move = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') return close();
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items: Array<Element | null> = [...(box.current?.querySelectorAll('[role="menuitemradio"]') ?? [])];
    const at = items.indexOf(document.activeElement);
    const next = items[(at + step + items.length) % items.length];
    if (next instanceof HTMLElement) next.focus();
  };
  return (
    <div className={classes['quality']} ref={box}>
      <button
        type="button"
        className={classes['tool']}
        aria-label={t('player.quality')}
        title={t('player.quality')}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <QualityIcon />
      </button>
      {open ? (
        <div className={classes['menu']} role="menu" aria-label={t('player.quality')} tabIndex={-1} onKeyDown={move}>
          {options.map(({ index, text }) => (
            <button
              key={index}
              type="button"
              role="menuitemradio"
              aria-checked={index === chosen}
              className={classes['option']}
              onClick={() => {
                onChoose(index);
                close();
              }}
            >
              {text}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
