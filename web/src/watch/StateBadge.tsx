import { useTranslation } from 'react-i18next';
import classes from './badge.module.css';
import type { Current } from './rules.ts';

const WORDS = {
  none: 'off',
  cancelled: 'off',
  scheduled: 'soon',
  starting: 'soon',
  preview: 'preview',
  live: 'live',
  paused: 'paused',
  reconnecting: 'reconnecting',
  ended: 'ended',
} as const satisfies Record<Current['state'], string>;

/** The show's state in one word. */
export function StateBadge({ state }: { state: Current['state'] }) {
  const { t } = useTranslation('watch');
  const word = WORDS[state];
  return (
    <span className={classes['badge']} data-word={word}>
      {t(`state.${word}`)}
    </span>
  );
}
