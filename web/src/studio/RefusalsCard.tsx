import { useTranslation } from 'react-i18next';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';
import { timeOnly } from './words.ts';

const SHOWN = 5;

/** Encoders that were turned away lately, and why. */
export function RefusalsCard({ refusals }: { refusals: Overview['refusals'] }) {
  const { t } = useTranslation('studio');
  if (refusals.length === 0) return null;
  return (
    <section className={classes['card']} aria-labelledby="refusals-heading">
      <h2 id="refusals-heading" className={classes['heading']}>
        {t('refusals.heading')}
      </h2>
      <ul className={classes['rows']}>
        {refusals.slice(0, SHOWN).map((refusal) => (
          <li key={`${refusal.at} ${refusal.address} ${refusal.reason}`} className={classes['row']}>
            <span>{t(`refusals.${refusal.reason}`, { time: timeOnly(refusal.at) })}</span>
            <span className={classes['quiet']}>
              {refusal.keyLabel
                ? t('refusals.with', { label: refusal.keyLabel, address: refusal.address })
                : t('refusals.from', { address: refusal.address })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
