import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { loadSpending, type Spending } from '../../api/wallet.ts';
import { errorText } from '../../i18n.ts';
import { priceText, tokensText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { lastMonths, monthText } from '../months.ts';
import classes from '../page.module.css';
import { LimitCard } from './LimitCard.tsx';
import { Section } from './Section.tsx';

const MONTHS = 6;

/** What was spent in the last months as bars, one of them in detail, and the limit. */
export function SpendingCards() {
  const { t } = useTranslation('account');
  const [months, setMonths] = useState<Spending[] | null>(null);
  const [problem, setProblem] = useState('');
  const [chosen, setChosen] = useState(MONTHS - 1);
  useEffect(() => {
    Promise.all(lastMonths(new Date(), MONTHS).map(loadSpending)).then(setMonths, (error: unknown) =>
      setProblem(errorText(error)),
    );
  }, []);
  const shown = months?.[chosen];
  const present = months?.at(-1);
  return (
    <>
      <Section title={t('spending.title')}>
        <Problem text={problem} />
        {months && shown ? (
          <>
            <Bars months={months} chosen={chosen} onChoose={setChosen} />
            <MonthDetail spending={shown} />
          </>
        ) : null}
      </Section>
      {present ? <LimitCard first={present.limit} /> : null}
    </>
  );
}

type BarsProps = { months: readonly Spending[]; chosen: number; onChoose: (index: number) => void };

/** Bars drawn as SVG, because the page's policy allows no style attributes. */
function Bars({ months, chosen, onChoose }: BarsProps) {
  const { t } = useTranslation('account');
  const most = Math.max(1, ...months.map(({ total }) => total.tokens));
  return (
    <fieldset className={classes['bars']}>
      <legend className={classes['unseen']}>{t('spending.chart')}</legend>
      {months.map(({ month, total }, index) => (
        <label key={month} className={classes['bar']} data-month={month}>
          <input
            type="radio"
            name="month"
            checked={index === chosen}
            onChange={() => onChoose(index)}
            aria-label={t('spending.total', { month: monthText(month, 'long'), n: tokensText(total.tokens) })}
          />
          <svg viewBox="0 0 40 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect
              x="0"
              y={100 - Math.max(2, (total.tokens / most) * 100)}
              width="40"
              height={Math.max(2, (total.tokens / most) * 100)}
              rx="3"
            />
          </svg>
          <span aria-hidden="true">{monthText(month, 'short')}</span>
        </label>
      ))}
    </fieldset>
  );
}

function MonthDetail({ spending }: { spending: Spending }) {
  const { t } = useTranslation('account');
  const { total, toppedUp, byKind, byCreator, currency } = spending;
  const both = ({ tokens, minor }: { tokens: number; minor: number }) =>
    [tokens > 0 || minor === 0 ? tokensText(tokens) : '', minor > 0 ? priceText(minor, currency) : '']
      .filter(Boolean)
      .join(' + ');
  const nothing = total.tokens === 0 && total.minor === 0;
  return (
    <div className={classes['detail']} aria-live="polite">
      <p className={classes['strong']}>
        {t('spending.total', { month: monthText(spending.month, 'long'), n: tokensText(total.tokens) })}
        {total.minor > 0 ? ` ${t('spending.cash', { price: priceText(total.minor, currency) })}` : ''}
      </p>
      {toppedUp.tokens > 0 ? (
        <p className={classes['quiet']}>
          {t('spending.bought', { n: tokensText(toppedUp.tokens), price: priceText(toppedUp.minor, currency) })}
        </p>
      ) : null}
      {nothing ? <p className={classes['quiet']}>{t('spending.none')}</p> : null}
      <dl className={classes['sums']}>
        {byKind.map((one) => (
          <div key={one.kind}>
            <dt>{t(`spending.kinds.${one.kind}`)}</dt>
            <dd>{both(one)}</dd>
          </div>
        ))}
      </dl>
      {byCreator.length > 0 ? (
        <>
          <h3 className={classes['small']}>{t('spending.to')}</h3>
          <dl className={classes['sums']}>
            {byCreator.map((one) => (
              <div key={one.channel}>
                <dt>
                  <a href={`/c/${one.channel}`}>{one.name}</a>
                </dt>
                <dd>{both(one)}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : null}
    </div>
  );
}
