import { useTranslation } from 'react-i18next';
import classes from '../studio.module.css';
import { amountText } from './amounts.ts';
import type { Earnings } from './api.ts';
import own from './earnings.module.css';

type Props = { sources: Earnings['bySource']; days: number; onDays: (days: number) => void };

const RANGES = [7, 30, 90, 365];

/** Earnings by source in a time, drawn and in figures. */
export function Sources({ sources, days, onDays }: Props) {
  const { t } = useTranslation('studio');
  // Amounts of different currencies cannot be compared, so each has a scale of its own.
  const most = new Map<string, number>();
  for (const { currency, own: share } of sources) most.set(currency, Math.max(share, most.get(currency) ?? 1));
  const sorted = [...sources].sort((a, b) => a.currency.localeCompare(b.currency) || b.own - a.own);
  return (
    <section className={classes['card']} aria-labelledby="sources-heading">
      <div className={own['head']}>
        <h2 id="sources-heading" className={classes['heading']}>
          {t('earnings.source.heading')}
        </h2>
        <select
          className={`${classes['field']} ${own['range']}`}
          aria-label={t('earnings.source.range')}
          value={days}
          onChange={(event) => onDays(Number(event.target.value))}
        >
          {RANGES.map((range) => (
            <option key={range} value={range}>
              {t('earnings.source.days', { count: range })}
            </option>
          ))}
        </select>
      </div>
      {sources.length === 0 ? <p className={classes['quiet']}>{t('earnings.source.none')}</p> : null}
      <ul className={own['bars']}>
        {sorted.map((source) => (
          <Bar key={`${source.source} ${source.currency}`} source={source} most={most.get(source.currency) ?? 1} />
        ))}
      </ul>
      {sources.length === 0 ? null : <p className={classes['quiet']}>{t('earnings.source.note')}</p>}
    </section>
  );
}

function Bar({ source, most }: { source: Earnings['bySource'][number]; most: number }) {
  const { t } = useTranslation('studio');
  const amount = (value: number) => amountText(t, value, source.currency);
  const facts = [
    t('earnings.source.sales', { count: source.count }),
    t('earnings.source.paid', { gross: amount(source.gross) }),
    source.tax === 0 ? '' : t('earnings.source.tax', { tax: amount(source.tax) }),
    source.refunded === 0 ? '' : t('earnings.source.refunded', { refunded: amount(source.refunded) }),
  ];
  return (
    <li data-source={source.source}>
      <div className={own['head']}>
        <span className={classes['strong']}>{t(`earnings.source.${source.source}`)}</span>
        <span className={own['amount']}>{t('earnings.source.yours', { own: amount(source.own) })}</span>
      </div>
      <svg className={own['bar']} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect className={own['track']} width="100" height="4" />
        <rect className={own['fill']} width={Math.max(1, (100 * source.own) / most)} height="4" />
      </svg>
      <span className={classes['quiet']}>{facts.filter(Boolean).join(', ')}</span>
    </li>
  );
}
