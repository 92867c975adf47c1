import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { useNow } from '../ui/clock.ts';
import { ClockIcon } from '../ui/icons.tsx';
import { spanOf } from '../ui/time.ts';
import classes from './access.module.css';
import type { Current } from './rules.ts';

type Props = { current: Current; clockOffsetMs: number; onOther: () => void };

/** What the visitor has: by which right, the time left where it ends, and what it is good for. */
export function AccessCard({ current, clockOffsetMs, onOther }: Props) {
  const { t } = useTranslation('watch');
  const by = current.accessBy ?? 'code';
  return (
    <section className={classes['card']} aria-labelledby="access-title" data-access-by={by}>
      <h2 id="access-title" className={classes['title']}>
        {t(`access.title.${by}`)}
      </h2>
      {current.accessUntil && by !== 'everybody' && by !== 'owner' ? (
        <TimeLeft until={current.accessUntil} clockOffsetMs={clockOffsetMs} />
      ) : null}
      <p className={classes['note']}>{t(`access.note.${by}`)}</p>
      {by === 'code' ? (
        <Button look="quiet" small className={classes['other']} onClick={onOther}>
          {t('access.other')}
        </Button>
      ) : null}
    </section>
  );
}

function TimeLeft({ until, clockOffsetMs }: { until: string; clockOffsetMs: number }) {
  const { t } = useTranslation('watch');
  const now = useNow(1000);
  const left = spanOf(Date.parse(until) - (now + clockOffsetMs));
  return (
    <p className={classes['left']} data-left="">
      <ClockIcon />
      <span>{t(`access.span.${left.unit}`, { days: left.days, h: left.h, m: left.m })}</span>
    </p>
  );
}
