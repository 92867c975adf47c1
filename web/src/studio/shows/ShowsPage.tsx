import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import { amountText } from '../earnings/amounts.ts';
import type { NewKey } from '../SetupCard.tsx';
import { planOf } from '../sell/plan.ts';
import classes from '../studio.module.css';
import type { Overview } from '../use-overview.ts';
import { type Asking, Deeds } from './Deeds.tsx';
import { Filters } from './Filters.tsx';
import { type Deed, ShowRow } from './ShowRow.tsx';
import own from './shows.module.css';
import { type ShowFigures, type ShowList, useShows } from './use-shows.ts';

type Props = {
  overview: Overview;
  currency: string;
  refresh: () => Promise<void>;
  onKey: (key: NewKey) => void;
  onLive: () => void;
};

/** All shows of a channel with tickets, revenue and viewers; to be found, changed, held again, cancelled, deleted. */
export function ShowsPage({ overview, currency, refresh, onKey, onLive }: Props) {
  const { t } = useTranslation('studio');
  const { channel } = overview;
  const shows = useShows(channel.slug);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [said, setSaid] = useState('');
  const { reload } = shows;
  // A show that begins, ends or is planned changes the list.
  const moves = [overview.show?.state, ...overview.upcoming.map(({ showId }) => showId)].join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what moves makes the list old.
  useEffect(reload, [moves, reload]);
  const words = useRef<HTMLParagraphElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with a list that came the row that had the focus may be gone.
  useEffect(() => {
    if (said && document.activeElement === document.body) words.current?.focus();
  }, [said, shows.list]);
  const start = (show: ShowFigures, deed: Deed) => {
    if (deed === 'live') return onLive();
    // A copy has all but the time.
    if (deed === 'duplicate') setAsking({ what: 'plan', start: { ...planOf(show), starts: '' } });
    else setAsking({ what: deed, show });
  };
  const next = overview.show ? null : overview.upcoming[0]?.showId;
  return (
    <section className={classes['card']} aria-labelledby="shows-heading">
      <div className={own['head']}>
        <h2 id="shows-heading" className={classes['heading']}>
          {t('shows.heading')}
        </h2>
        <Button look="primary" onClick={() => setAsking({ what: 'plan', start: {} })}>
          {t('shows.plan')}
        </Button>
      </div>
      {shows.list ? <Revenue list={shows.list} /> : null}
      <Filters shows={shows} />
      <p ref={words} className={own['said']} role="status" tabIndex={-1}>
        {said}
      </p>
      <Problem text={shows.problem} />
      {shows.problem ? (
        <div className={classes['actions']}>
          <Button onClick={reload}>{t('tryAgain')}</Button>
        </div>
      ) : null}
      {shows.list?.shows.length === 0 ? (
        <p className={classes['quiet']}>{t(shows.isAll ? 'shows.noneYet' : 'shows.none')}</p>
      ) : null}
      <ul className={classes['rows']}>
        {shows.list?.shows.map((show) => (
          <ShowRow key={show.showId} show={show} isNext={show.showId === next} onDeed={(deed) => start(show, deed)} />
        ))}
      </ul>
      {shows.list && shows.list.pages > 1 ? <Pages shows={shows} pages={shows.list.pages} /> : null}
      {asking ? (
        <Deeds
          {...{ asking, channel, currency, onKey }}
          onClose={() => setAsking(null)}
          onDone={(done) => {
            setSaid(done);
            reload();
            void refresh();
          }}
        />
      ) : null}
    </section>
  );
}

function Revenue({ list }: { list: ShowList }) {
  const { t } = useTranslation('studio');
  if (list.revenue30Days.length === 0) return <p className={classes['quiet']}>{t('shows.noRevenue')}</p>;
  return (
    <>
      {list.revenue30Days.map(({ currency, gross, own: share }) => (
        <p key={currency} className={classes['quiet']}>
          {t('shows.revenue', { gross: amountText(t, gross, currency), own: amountText(t, share, currency) })}
        </p>
      ))}
    </>
  );
}

function Pages({ shows, pages }: { shows: ReturnType<typeof useShows>; pages: number }) {
  const { t } = useTranslation('studio');
  const { page } = shows.question;
  return (
    <div className={classes['actions']}>
      <Button small disabled={page <= 1} onClick={() => shows.ask({ page: page - 1 })}>
        {t('shows.newer')}
      </Button>
      <span className={classes['quiet']}>{t('shows.page', { page, pages })}</span>
      <Button small disabled={page >= pages} onClick={() => shows.ask({ page: page + 1 })}>
        {t('shows.older')}
      </Button>
    </div>
  );
}
