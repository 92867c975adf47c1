import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import { Confirm } from '../Dialog.tsx';
import { amountText } from '../earnings/amounts.ts';
import { order } from '../order.ts';
import { PrepareDialog } from '../PrepareDialog.tsx';
import type { NewKey } from '../SetupCard.tsx';
import type { Plan } from '../sell/plan.ts';
import classes from '../studio.module.css';
import type { Overview } from '../use-overview.ts';
import { Filters } from './Filters.tsx';
import { ShowRow } from './ShowRow.tsx';
import own from './shows.module.css';
import { type ShowFigures, type ShowList, useShows } from './use-shows.ts';

type Props = {
  overview: Overview;
  currency: string;
  refresh: () => Promise<void>;
  onKey: (key: NewKey) => void;
  onLive: () => void;
};
type Asking = { what: 'plan'; start: Partial<Plan> } | { what: 'cancel'; show: ShowFigures };

/** What a copy of a show begins with: all but its time. */
function copyOf(show: ShowFigures, { channel, show: running, upcoming, recent }: Overview): Partial<Plan> {
  const known = [running, ...upcoming, ...recent].find((one) => one?.showId === show.showId);
  const ways = known?.audience ?? (show.ticketPrice === null ? channel.audience : (['ticket'] as const));
  return {
    title: show.title ?? '',
    ways,
    price: show.ticketPrice === null ? '' : String(show.ticketPrice),
    seats: String(show.viewerLimit),
  };
}

/** All shows of a channel with tickets, revenue and viewers; to be found, held again, cancelled. */
export function ShowsPage({ overview, currency, refresh, onKey, onLive }: Props) {
  const { t } = useTranslation('studio');
  const { slug } = overview.channel;
  const shows = useShows(slug);
  const [asking, setAsking] = useState<Asking | null>(null);
  const { reload } = shows;
  // A show that begins, ends or is planned changes the list.
  const moves = [overview.show?.state, ...overview.upcoming.map(({ showId }) => showId)].join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what moves makes the list old.
  useEffect(reload, [moves, reload]);
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
      <Problem text={shows.problem} />
      {shows.problem ? (
        <div className={classes['actions']}>
          <Button onClick={reload}>{t('tryAgain')}</Button>
        </div>
      ) : null}
      {shows.list?.shows.length === 0 ? <p className={classes['quiet']}>{t('shows.none')}</p> : null}
      <ul className={classes['rows']}>
        {shows.list?.shows.map((show) => (
          <ShowRow
            key={show.showId}
            show={show}
            onLive={onLive}
            onCopy={() => setAsking({ what: 'plan', start: copyOf(show, overview) })}
            onCancel={() => setAsking({ what: 'cancel', show })}
          />
        ))}
      </ul>
      {shows.list && shows.list.pages > 1 ? <Pages shows={shows} pages={shows.list.pages} /> : null}
      {asking?.what === 'plan' ? (
        <PrepareDialog
          channel={overview.channel}
          currency={currency}
          start={asking.start}
          onClose={() => setAsking(null)}
          onPrepared={(key) => {
            if (key) onKey(key);
            reload();
            void refresh();
          }}
        />
      ) : null}
      {asking?.what === 'cancel' ? (
        <Confirm
          title={t('show.cancelTitle')}
          text={
            asking.show.ticketsSold > 0 ? t('plan.refund', { count: asking.show.ticketsSold }) : t('show.cancelText')
          }
          yes={t('show.cancelShow')}
          onYes={async () => {
            await order('/api/live-sessions/cancel', asking.show.showId);
            reload();
            await refresh();
          }}
          onClose={() => setAsking(null)}
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
