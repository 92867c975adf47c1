import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lastMonths, monthText } from '../../account/months.ts';
import { usePages } from '../../account/use-pages.ts';
import { Button } from '../../ui/Button.tsx';
import buttons from '../../ui/button.module.css';
import { Problem } from '../../ui/Problem.tsx';
import classes from '../studio.module.css';
import { isTokens } from './amounts.ts';
import { loadStatement, type Statement, statementFile } from './api.ts';
import own from './earnings.module.css';
import { Standings } from './Standings.tsx';
import { StatementLines } from './StatementLines.tsx';

/** How many months back can be chosen. */
const MONTHS = 24;

/** A calendar month in one currency: where it began, every line, where it ended, and the whole of it as a file. */
export function StatementCard({ channel, currency: cash, turn }: { channel: string; currency: string; turn: number }) {
  const { t } = useTranslation('studio');
  const [months] = useState(() => lastMonths(new Date(), MONTHS).reverse());
  const [month, setMonth] = useState(months[0] ?? '');
  const [currency, setCurrency] = useState(cash);
  const [others, setOthers] = useState<Statement['currencies']>([]);
  const currencies = [...new Set([cash, 'TOKEN', currency, ...others])];
  return (
    <section className={classes['card']} aria-labelledby="statement-heading">
      <div className={own['head']}>
        <h2 id="statement-heading" className={classes['heading']}>
          {t('earnings.statement.heading')}
        </h2>
        <a
          className={`${buttons['button']} ${buttons['small']}`}
          href={statementFile(channel, month, currency)}
          download
        >
          {t('earnings.statement.csv')}
        </a>
      </div>
      <div className={`${classes['pair']} ${own['choice']}`}>
        <label className={classes['labelled']}>
          <span>{t('earnings.statement.month')}</span>
          <select className={classes['field']} value={month} onChange={(event) => setMonth(event.target.value)}>
            {months.map((one) => (
              <option key={one} value={one}>
                {monthText(one, 'long')}
              </option>
            ))}
          </select>
        </label>
        <label className={classes['labelled']}>
          <span>{t('earnings.statement.currency')}</span>
          <select className={classes['field']} value={currency} onChange={(event) => setCurrency(event.target.value)}>
            {currencies.map((one) => (
              <option key={one} value={one}>
                {isTokens(one) ? t('earnings.refund.tokenUnit') : one.toUpperCase()}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Month key={`${month} ${currency} ${turn}`} {...{ channel, month, currency }} onCurrencies={setOthers} />
    </section>
  );
}

type MonthProps = {
  channel: string;
  month: string;
  currency: string;
  onCurrencies: (currencies: Statement['currencies']) => void;
};

function Month({ channel, month, currency, onCurrencies }: MonthProps) {
  const { t } = useTranslation('studio');
  const [statement, setStatement] = useState<Statement | null>(null);
  const list = usePages<Statement['lines'][number], NonNullable<Statement['next']>>(async (after) => {
    const page = await loadStatement(channel, month, currency, after);
    // Sums may have moved since the page before.
    setStatement(page);
    onCurrencies(page.currencies);
    return { items: page.lines, next: page.next };
  });
  return (
    <>
      {statement ? (
        <>
          <Standings statement={statement} />
          <StatementLines lines={list.items ?? []} totals={statement.totals} currency={currency} />
        </>
      ) : null}
      {!statement && !list.problem ? <p role="status">{t('loading')}</p> : null}
      <Problem text={list.problem} />
      {list.problem ? (
        <div className={classes['actions']}>
          <Button onClick={list.more ?? list.reload}>{t('tryAgain')}</Button>
        </div>
      ) : null}
      {list.more && !list.problem ? (
        <div className={classes['actions']}>
          <Button small aria-disabled={list.busy} onClick={list.more}>
            {t('earnings.statement.more')}
          </Button>
        </div>
      ) : null}
    </>
  );
}
