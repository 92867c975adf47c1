import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { priceText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import classes from '../studio.module.css';
import { amountOf, amountText, isTokens, typedAmount, unitText } from './amounts.ts';
import { askPayout, type Payouts } from './api.ts';

type Props = { channel: string; cash: string; terms: Payouts; onAsked: () => void };

/** What tokens are worth in cash, minor units, rounded down as the server does. */
const worthOf = (tokens: number, { payoutRate }: Payouts) => Math.floor((tokens * payoutRate) / 100);

/** Asks for a payout from one of the balances. */
export function AskPayout({ channel, cash, terms, onAsked }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [chosen, setChosen] = useState('');
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const [asked, setAsked] = useState(false);
  // Until one is chosen: the first that can be paid out.
  const balance =
    terms.balances.find(({ currency }) => currency === chosen) ??
    terms.balances.find(({ available, minimum }) => available >= minimum) ??
    terms.balances[0];
  if (!balance) return null;
  const { currency, available, minimum } = balance;
  const limits = { minimum: amountText(t, minimum, currency), available: amountText(t, available, currency) };
  const amount = amountOf(typed, currency, minimum, available);
  const worth = isTokens(currency)
    ? Number.isNaN(amount)
      ? t('earnings.payout.rate', { cash: priceText(terms.payoutRate, cash) })
      : t('earnings.payout.worth', { cash: priceText(worthOf(amount, terms), cash) })
    : '';

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    setAsked(false);
    if (Number.isNaN(amount)) return;
    const done = await run(() => askPayout({ channel, currency, amount }));
    if (!done) return;
    setAsked(true);
    setTyped('');
    setTried(false);
    onAsked();
  };
  return (
    <form className={classes['form']} onSubmit={submit} noValidate>
      {terms.balances.length > 1 ? (
        <label className={classes['labelled']}>
          <span>{t('earnings.payout.currency')}</span>
          <select
            className={classes['field']}
            value={currency}
            onChange={(event) => {
              setChosen(event.target.value);
              setTyped('');
              setTried(false);
            }}
          >
            {terms.balances.map((one) => (
              <option key={one.currency} value={one.currency}>
                {amountText(t, one.available, one.currency)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {available < minimum ? (
        <p>{t('earnings.payout.tooLittle', limits)}</p>
      ) : (
        <>
          <Field
            label={t('earnings.payout.amount', { unit: unitText(t, currency) })}
            hint={[t('earnings.payout.limits', limits), worth].filter(Boolean).join(' ')}
            problem={tried && Number.isNaN(amount) ? t('earnings.payout.wrong', limits) : ''}
            placeholder={typedAmount(available, currency)}
            inputMode={isTokens(currency) ? 'numeric' : 'decimal'}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
          <div className={classes['actions']}>
            <Button type="submit" look="primary" aria-disabled={busy}>
              {t('earnings.payout.ask')}
            </Button>
          </div>
        </>
      )}
      <Problem text={problem} />
      <p className={classes['good']} role="status">
        {asked ? t('earnings.payout.asked') : ''}
      </p>
    </form>
  );
}
