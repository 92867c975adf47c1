import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../account/use-pages.ts';
import { Button } from '../ui/Button.tsx';
import { priceText } from '../ui/money.ts';
import { whenText } from '../ui/time.ts';
import classes from './admin.module.css';
import { type AdminPayout, type Decision, loadPayouts, type PayoutPage, type PayoutState } from './api.ts';
import { DecideDialog } from './DecideDialog.tsx';
import { ListFrame } from './ListFrame.tsx';
import { amountText } from './words.ts';

const STATES: readonly PayoutState[] = [
  'requested',
  'approved',
  'paying',
  'paid',
  'rejected',
  'failed',
  'partly_reversed',
  'reversed',
];
/** What can be decided in each state. */
const DECISIONS: Partial<Record<PayoutState, readonly Decision[]>> = {
  requested: ['approve', 'reject'],
  approved: ['paid', 'approve', 'reject'],
};

/** An approved payout is approved again to send it by Stripe, which takes an account there. */
const decisionsOn = ({ state, creator }: AdminPayout): readonly Decision[] =>
  (DECISIONS[state] ?? []).filter(
    (decision) => state !== 'approved' || decision !== 'approve' || creator.connect === 'ready',
  );

/** Payouts that creators asked for, and what the operator decides on them. */
export function PayoutsPage({ bearer }: { bearer: string }) {
  const { t } = useTranslation('admin');
  const [state, setState] = useState<PayoutState | ''>('requested');
  const asked = useRef<PayoutState | ''>('requested');
  const [counts, setCounts] = useState<PayoutPage['counts'] | null>(null);
  const [asking, setAsking] = useState<{ payout: AdminPayout; decision: Decision } | null>(null);
  const [said, setSaid] = useState('');
  const list = usePages<AdminPayout, NonNullable<PayoutPage['next']>>(async (after) => {
    const page = await loadPayouts(bearer, asked.current, after);
    setCounts(page.counts);
    return { items: page.payouts, next: page.next };
  });
  const choose = (next: PayoutState | '') => {
    asked.current = next;
    setState(next);
    list.reload();
  };
  const settled = (decision: Decision, { state: now, cashMinor, cashCurrency, creator }: AdminPayout) => {
    const words = decision === 'approve' && now !== 'approved' ? 'sent' : decision;
    setSaid(t(`payouts.done.${words}`, { cash: priceText(cashMinor, cashCurrency), name: creator.name }));
    // What is to be paid by hand is not lost from sight.
    if (now === 'approved') choose(now);
    else list.reload();
  };
  return (
    <section className={classes['card']}>
      <div className={classes['head']}>
        <h2 className={classes['heading']}>{t('payouts.heading')}</h2>
        <select
          className={classes['select']}
          aria-label={t('payouts.filter')}
          value={state}
          onChange={(event) => choose(STATES.find((one) => one === event.target.value) ?? '')}
        >
          <option value="">{t('payouts.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t('outbox.counted', { state: t(`payouts.state.${one}`), count: counts?.[one] ?? 0 })}
            </option>
          ))}
        </select>
      </div>
      <p className={classes['good']} role="status">
        {said}
      </p>
      <ListFrame list={list} none={t('payouts.none')}>
        {list.items?.map((payout) => (
          <PayoutRow key={payout.id} payout={payout} ask={(decision) => setAsking({ payout, decision })} />
        ))}
      </ListFrame>
      {asking ? (
        <DecideDialog
          {...{ bearer, ...asking }}
          onClose={() => setAsking(null)}
          onDone={(payout) => settled(asking.decision, payout)}
        />
      ) : null}
    </section>
  );
}

function PayoutRow({ payout, ask }: { payout: AdminPayout; ask: (decision: Decision) => void }) {
  const { t } = useTranslation('admin');
  const words = (decision: Decision) =>
    t(payout.state === 'approved' && decision === 'approve' ? 'payouts.send' : `payouts.${decision}`);
  const { state, currency, amount, cashMinor, cashCurrency, creator, reason, reference, problem } = payout;
  const { reversedMinor, reversedAt } = payout;
  const back = reversedAt
    ? t('payouts.cameBack', { cash: priceText(reversedMinor, cashCurrency), time: whenText(reversedAt) })
    : '';
  const cash = priceText(cashMinor, cashCurrency);
  return (
    <li className={classes['line']} data-payout={state}>
      <div className={classes['row']}>
        <span className={classes['strong']}>
          {cash} {currency === 'TOKEN' ? `(${amountText(t, amount, currency)})` : ''}
        </span>
        <span>
          {creator.name}, {creator.email}
        </span>
        <span className={classes['quiet']}>
          {[creator.channels.join(', '), t(`payouts.connect.${creator.connect}`), whenText(payout.requestedAt)]
            .filter(Boolean)
            .join(', ')}
        </span>
        {reason ? <span className={classes['quiet']}>{t('payouts.reason', { reason })}</span> : null}
        {reference ? <span className={classes['quiet']}>{t('payouts.reference', { reference })}</span> : null}
        {back ? <span className={classes['bad']}>{back}</span> : null}
        {problem ? <span className={classes['bad']}>{problem}</span> : null}
      </div>
      <div className={classes['side']}>
        <span className={classes['tag']} data-state={state}>
          {t(`payouts.state.${state}`)}
        </span>
        <div className={classes['actions']}>
          {decisionsOn(payout).map((decision) => (
            <Button
              key={decision}
              small
              look={decision === 'reject' ? 'danger' : 'plain'}
              aria-label={t('payouts.of', { action: words(decision), cash, name: creator.name })}
              onClick={() => ask(decision)}
            >
              {words(decision)}
            </Button>
          ))}
        </div>
      </div>
    </li>
  );
}
