import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lastMonths, monthText } from '../../account/months.ts';
import { errorText } from '../../i18n.ts';
import buttons from '../../ui/button.module.css';
import { Problem } from '../../ui/Problem.tsx';
import classes from '../studio.module.css';
import { amountText, isTokens } from './amounts.ts';
import { loadStatement, type Statement, statementFile } from './api.ts';
import own from './earnings.module.css';

/** How many months back can be chosen. */
const MONTHS = 24;

/** A calendar month in one currency: where it began, where it ended, and the whole of it as a file. */
export function StatementCard({ channel, currency: cash }: { channel: string; currency: string }) {
  const { t } = useTranslation('studio');
  const [problem, setProblem] = useState('');
  const [months] = useState(() => lastMonths(new Date(), MONTHS).reverse());
  const [month, setMonth] = useState(months[0] ?? '');
  const [currency, setCurrency] = useState(cash);
  const [statement, setStatement] = useState<Statement | null>(null);
  useEffect(() => {
    let stopped = false;
    setProblem('');
    loadStatement(channel, month, currency).then(
      (loaded) => {
        if (!stopped) setStatement(loaded);
      },
      (error: unknown) => {
        if (!stopped) setProblem(errorText(error));
      },
    );
    return () => {
      stopped = true;
    };
  }, [channel, month, currency]);
  const currencies = [...new Set([cash, 'TOKEN', currency, ...(statement?.currencies ?? [])])];
  return (
    <section className={classes['card']} aria-labelledby="statement-heading">
      <h2 id="statement-heading" className={classes['heading']}>
        {t('earnings.statement.heading')}
      </h2>
      <div className={classes['pair']}>
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
      <Problem text={problem} />
      {statement && statement.month === month && statement.currency === currency ? (
        <Summary statement={statement} />
      ) : null}
      <div className={classes['actions']}>
        <a
          className={`${buttons['button']} ${buttons['small']}`}
          href={statementFile(channel, month, currency)}
          download
        >
          {t('earnings.statement.csv')}
        </a>
      </div>
    </section>
  );
}

function Summary({ statement }: { statement: Statement }) {
  const { t } = useTranslation('studio');
  const { currency, opening, closing, lines, next } = statement;
  const signed = (value: number) =>
    value < 0 ? `−${amountText(t, -value, currency)}` : amountText(t, value, currency);
  const standing = ({ balance, debt }: Statement['opening']) =>
    [signed(balance), debt < 0 ? t('earnings.statement.debt', { debt: signed(-debt) }) : ''].filter(Boolean).join(', ');
  return (
    <>
      <dl className={classes['figures']} data-statement={statement.month}>
        <div>
          <dt>{t('earnings.statement.opening')}</dt>
          <dd>{standing(opening)}</dd>
        </div>
        <div>
          <dt>{t('earnings.statement.change')}</dt>
          <dd>{signed(closing.balance - opening.balance)}</dd>
        </div>
        <div>
          <dt>{t('earnings.statement.closing')}</dt>
          <dd className={own['closing']}>{standing(closing)}</dd>
        </div>
      </dl>
      <p className={classes['quiet']}>
        {t(next ? 'earnings.statement.atLeast' : 'earnings.statement.lines', { count: lines.length })}
      </p>
    </>
  );
}
