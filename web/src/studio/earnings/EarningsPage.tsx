import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../../account/use-pages.ts';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import classes from '../studio.module.css';
import { type Earnings, loadEarnings, loadPayouts, type Payouts, type PayoutView, type Sale } from './api.ts';
import { Balances } from './Balances.tsx';
import { PayoutsCard } from './PayoutsCard.tsx';
import { Sales } from './Sales.tsx';
import { Sources } from './Sources.tsx';
import { StatementCard } from './StatementCard.tsx';
import { TipsCard } from './TipsCard.tsx';

const DAYS_FIRST = 30;

/** What a creator earned, has, gives back and has paid out. */
export function EarningsPage({ channel }: { channel: string }) {
  const { t } = useTranslation('studio');
  const [days, setDays] = useState(DAYS_FIRST);
  // The list asks for the time that is chosen now, which the next render only shows.
  const asked = useRef(DAYS_FIRST);
  const [earnings, setEarnings] = useState<Earnings | null>(null);
  const [terms, setTerms] = useState<Payouts | null>(null);
  const sales = usePages<Sale, NonNullable<Earnings['next']>>(async (before) => {
    const page = await loadEarnings(channel, asked.current, before);
    // Of older pages only the sales are new; sums and balances came with the first.
    if (before === null) setEarnings(page);
    return { items: page.sales, next: page.next };
  });
  const payouts = usePages<PayoutView, NonNullable<Payouts['next']>>(async (before) => {
    const page = await loadPayouts(channel, before);
    if (before === null) setTerms(page);
    return { items: page.payouts, next: page.next };
  });
  // What moves money changes this month's statement too.
  const [turn, setTurn] = useState(0);
  const reload = () => {
    setTurn((was) => was + 1);
    sales.reload();
    payouts.reload();
  };
  const choose = (next: number) => {
    asked.current = next;
    setDays(next);
    sales.reload();
  };
  if (!earnings)
    return (
      <div className={classes['narrow']}>
        {sales.problem ? <Button onClick={reload}>{t('tryAgain')}</Button> : <p role="status">{t('loading')}</p>}
        <Problem text={sales.problem} />
      </div>
    );
  return (
    <div className={classes['column']}>
      <div className={classes['board']}>
        <div className={classes['column']}>
          <Problem text={sales.problem} />
          <Balances balances={earnings.balances} />
          <Sources sources={earnings.bySource} days={days} onDays={choose} />
          <Sales sales={sales.items ?? []} busy={sales.busy} more={sales.more} reload={reload} />
        </div>
        <div className={classes['column']}>
          <Problem text={payouts.problem} />
          {terms ? (
            <PayoutsCard
              {...{ channel, terms, reload }}
              cash={earnings.currency}
              payouts={payouts.items ?? []}
              busy={payouts.busy}
              more={payouts.more}
            />
          ) : null}
          <TipsCard channel={channel} />
        </div>
      </div>
      <StatementCard channel={channel} currency={earnings.currency} turn={turn} />
    </div>
  );
}
