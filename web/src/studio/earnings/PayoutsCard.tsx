import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { priceText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { AskPayout } from './AskPayout.tsx';
import { amountText, isTokens } from './amounts.ts';
import { openConnect, type Payouts, type PayoutView } from './api.ts';
import own from './earnings.module.css';

type Props = {
  channel: string;
  /** The server's cash currency. */
  cash: string;
  /** Terms and balances of the first page. */
  terms: Payouts;
  payouts: readonly PayoutView[];
  busy: boolean;
  more: (() => void) | null;
  reload: () => void;
};

/** Payouts: asking for one, where they are, and the account they are paid to. */
export function PayoutsCard({ channel, cash, terms, payouts, busy, more, reload }: Props) {
  const { t } = useTranslation('studio');
  return (
    <section className={classes['card']} aria-labelledby="payouts-heading">
      <h2 id="payouts-heading" className={classes['heading']}>
        {t('earnings.payout.heading')}
      </h2>
      {terms.balances.length > 0 ? <AskPayout {...{ channel, cash, terms }} onAsked={reload} /> : null}
      <p className={classes['quiet']}>{t('earnings.payout.hold', { count: terms.payoutHoldDays })}</p>
      <Connect channel={channel} state={terms.connect.state} />
      <h3 className={own['sub']}>{t('earnings.payout.history')}</h3>
      {payouts.length === 0 ? <p className={classes['quiet']}>{t('earnings.payout.none')}</p> : null}
      <ul className={classes['rows']}>
        {payouts.map((payout) => (
          <PayoutRow key={payout.id} payout={payout} />
        ))}
      </ul>
      {more ? (
        <div className={classes['actions']}>
          <Button small aria-disabled={busy} onClick={more}>
            {t('earnings.more')}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

/** The account at Stripe; its pages are Stripe's own. */
function Connect({ channel, state }: { channel: string; state: Payouts['connect']['state'] }) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const open = () => void run(async () => location.assign(await openConnect(channel)));
  return (
    <div className={own['group']} data-connect={state}>
      <p>{t(`earnings.payout.connect.${state}`)}</p>
      <Problem text={problem} />
      <div className={classes['actions']}>
        <Button small aria-disabled={busy} onClick={open}>
          {t(`earnings.payout.connect.open_${state}`)}
        </Button>
      </div>
    </div>
  );
}

function PayoutRow({ payout }: { payout: PayoutView }) {
  const { t } = useTranslation('studio');
  const { state, currency, amount, cashMinor, cashCurrency, reason, reference, reversedMinor } = payout;
  const cash = priceText(cashMinor, cashCurrency);
  const notes = [
    state === 'rejected' || state === 'failed' ? t('earnings.payout.back') : '',
    reversedMinor > 0 ? t('earnings.payout.cameBack', { cash: priceText(reversedMinor, cashCurrency) }) : '',
    reason ? t('earnings.payout.reason', { reason }) : '',
    reference ? t('earnings.payout.reference', { reference }) : '',
  ];
  return (
    <li className={`${own['sale']} ${own['payout']}`} data-payout={state}>
      <div className={classes['row']}>
        <span className={classes['strong']}>
          {isTokens(currency) ? `${amountText(t, amount, currency)}, ${cash}` : cash}
        </span>
        <span className={classes['quiet']}>{dayTime(payout.requestedAt)}</span>
        {notes.some(Boolean) ? <span className={classes['quiet']}>{notes.filter(Boolean).join(' ')}</span> : null}
      </div>
      <span className={own['tag']} data-state={state}>
        {t(`earnings.payout.state.${state}`)}
      </span>
    </li>
  );
}
