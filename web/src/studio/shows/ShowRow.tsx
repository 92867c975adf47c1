import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { amountText } from '../earnings/amounts.ts';
import shown from '../show.module.css';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import own from './shows.module.css';
import type { ShowFigures } from './use-shows.ts';

export type Deed = 'live' | 'edit' | 'duplicate' | 'cancel' | 'delete';
type Props = {
  show: ShowFigures;
  /** The next one to come: the page "Live" shows it. */
  isNext: boolean;
  onDeed: (deed: Deed) => void;
};

const RUNNING = new Set<ShowFigures['state']>(['starting', 'preview', 'live', 'paused', 'reconnecting']);

/** What can be done with a show as it is. */
function deedsOf({ state, deletable }: ShowFigures, isNext: boolean): Deed[] {
  const planned = state === 'scheduled';
  const can: Record<Deed, boolean> = {
    live: RUNNING.has(state) || (planned && isNext),
    edit: planned,
    duplicate: true,
    cancel: planned,
    delete: deletable,
  };
  return (['live', 'edit', 'duplicate', 'cancel', 'delete'] as const).filter((deed) => can[deed]);
}

/** One show with its figures, and what can be done with it. */
export function ShowRow({ show, isNext, onDeed }: Props) {
  const { t } = useTranslation('studio');
  const { state, ticketPrice, ticketsSold, viewerLimit, revenue } = show;
  const title = show.title ?? t('show.untitled');
  const sold =
    ticketPrice === null && ticketsSold === 0
      ? t('shows.noTickets')
      : t('shows.ofSeats', { sold: ticketsSold, seats: viewerLimit });
  const earned = revenue.map(({ currency, gross }) => amountText(t, gross, currency)).join(', ');
  return (
    <li className={own['show']} data-listed={state}>
      <div className={own['what']}>
        <div className={classes['row']}>
          <span className={classes['strong']}>{title}</span>
          <span className={classes['quiet']}>
            {[dayTime(show.startedAt ?? show.startsAt ?? show.createdAt), show.location].filter(Boolean).join(', ')}
          </span>
        </div>
        <span className={shown['badge']} data-state={state}>
          {t(`show.state.${state}`)}
        </span>
      </div>
      <dl className={`${classes['figures']} ${own['figures']}`}>
        <div>
          <dt>{t('shows.tickets')}</dt>
          <dd>{sold}</dd>
        </div>
        <div>
          <dt>{t('shows.earned')}</dt>
          <dd>{earned || t('shows.nothing')}</dd>
        </div>
        <div>
          <dt>{t('shows.peak')}</dt>
          <dd>{show.peakViewers}</dd>
        </div>
      </dl>
      <div className={`${classes['actions']} ${own['deeds']}`}>
        {deedsOf(show, isNext).map((deed) => (
          <Button
            key={deed}
            small
            look={deed === 'cancel' || deed === 'delete' ? 'danger' : 'plain'}
            aria-label={t(`shows.${deed}Of`, { title })}
            onClick={() => onDeed(deed)}
          >
            {t(`shows.${deed}`)}
          </Button>
        ))}
      </div>
    </li>
  );
}
