import { useTranslation } from 'react-i18next';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { amountText, isTokens } from './amounts.ts';
import type { CreatorBalance } from './api.ts';
import own from './earnings.module.css';

/** What the creator has in each currency: earned, free, held, on its way, owed. */
export function Balances({ balances }: { balances: readonly CreatorBalance[] }) {
  const { t } = useTranslation('studio');
  return (
    <section className={classes['card']} aria-labelledby="balance-heading">
      <h2 id="balance-heading" className={classes['heading']}>
        {t('earnings.balance.heading')}
      </h2>
      {balances.length === 0 ? <p className={classes['quiet']}>{t('earnings.balance.none')}</p> : null}
      {balances.map((balance) => (
        <Balance key={balance.currency} balance={balance} />
      ))}
    </section>
  );
}

function Balance({ balance }: { balance: CreatorBalance }) {
  const { t } = useTranslation('studio');
  const { currency, held, debt, nextAvailableAt } = balance;
  const amount = (value: number) => amountText(t, value, currency);
  return (
    <div className={own['group']} data-balance={currency}>
      <h3 className={own['sub']}>
        {isTokens(currency)
          ? t('earnings.balance.ofTokens')
          : t('earnings.balance.of', { currency: currency.toUpperCase() })}
      </h3>
      <dl className={classes['figures']}>
        <div className={own['first']}>
          <dt>{t('earnings.balance.available')}</dt>
          <dd>{amount(balance.available)}</dd>
        </div>
        {(['balance', 'held', 'inPayout'] as const).map((name) => (
          <div key={name}>
            <dt>{t(`earnings.balance.${name}`)}</dt>
            <dd>{amount(balance[name])}</dd>
          </div>
        ))}
        {debt > 0 ? (
          <div>
            <dt>{t('earnings.balance.debt')}</dt>
            <dd className={own['owed']}>{amount(debt)}</dd>
          </div>
        ) : null}
      </dl>
      {held > 0 && nextAvailableAt ? (
        <p className={classes['quiet']}>{t('earnings.balance.heldUntil', { time: dayTime(nextAvailableAt) })}</p>
      ) : null}
      {debt > 0 ? <p className={classes['warn']}>{t('earnings.balance.debtText')}</p> : null}
    </div>
  );
}
