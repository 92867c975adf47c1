import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { useNow } from '../ui/clock.ts';
import { ClockIcon } from '../ui/icons.tsx';
import { spanOf } from '../ui/time.ts';
import classes from './access.module.css';
import type { Current } from './rules.ts';

type Props = { current: Current; clockOffsetMs: number; onOther: () => void };

/** What the visitor has: the time left, and what it is good for. */
export function AccessCard({ current, clockOffsetMs, onOther }: Props) {
  const { t } = useTranslation('watch');
  const now = useNow(1000);
  const left = current.accessUntil ? spanOf(Date.parse(current.accessUntil) - (now + clockOffsetMs)) : null;
  return (
    <section className={classes['card']} aria-labelledby="access-title">
      <h2 id="access-title" className={classes['title']}>
        {t('access.title')}
      </h2>
      {left ? (
        <p className={classes['left']} data-left="">
          <ClockIcon />
          <span>{t(`access.span.${left.unit}`, { days: left.days, h: left.h, m: left.m })}</span>
        </p>
      ) : null}
      <p className={classes['note']}>{t('access.note')}</p>
      <Button look="quiet" small className={classes['other']} onClick={onOther}>
        {t('access.other')}
      </Button>
    </section>
  );
}
