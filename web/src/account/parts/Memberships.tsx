import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeSubscription, loadSubscriptions, type SubscriptionView } from '../../api/shop.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import dialogs from '../../ui/dialog.module.css';
import { pricedWith, priceText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { dayText } from '../../ui/time.ts';
import { useTask } from '../../ui/use-task.ts';
import classes from '../page.module.css';
import { usePages } from '../use-pages.ts';
import { ListEnd, Section } from './Section.tsx';

/** Memberships: when each renews, and how to end it or to keep it after all. */
export function Memberships() {
  const { t } = useTranslation('account');
  const list = usePages<SubscriptionView, never>(async () => ({ items: await loadSubscriptions(), next: null }));
  return (
    <Section title={t('memberships.title')}>
      <ul className={classes['list']}>
        {list.items?.map((one) => (
          <Membership key={one.id} membership={one} onChanged={list.reload} />
        ))}
      </ul>
      <ListEnd list={list} none={t('memberships.none')} />
    </Section>
  );
}

type Props = { membership: SubscriptionView; onChanged: () => void };

function Membership({ membership, onChanged }: Props) {
  const { t } = useTranslation('account');
  const [asking, setAsking] = useState(false);
  const { busy, problem, run } = useTask();
  const { id, state, currentPeriodEnd, cancelAtPeriodEnd, channel, channelName } = membership;
  const running = state === 'active' || state === 'past_due';
  const price = pricedWith(priceText(membership.priceMinor, membership.currency), t(`tax.${membership.tax}`));
  const when = currentPeriodEnd ? dayText(currentPeriodEnd) : '';
  const change = async (how: 'cancel' | 'resume') => {
    if (!(await run(() => changeSubscription(id, how)))) return;
    setAsking(false);
    onChanged();
  };
  const word =
    state === 'ended' || state === 'incomplete'
      ? t(`memberships.${state}`)
      : t(cancelAtPeriodEnd ? 'memberships.ends' : 'memberships.renews', { when });
  return (
    <li className={classes['line']} data-membership={state} data-ends={cancelAtPeriodEnd ? 'yes' : 'no'}>
      <div className={classes['what']}>
        <p className={classes['strong']}>
          {channel ? <a href={`/c/${channel}`}>{channelName ?? channel}</a> : t('memberships.plan')}
        </p>
        <p className={classes['quiet']}>
          {t('memberships.price', { price })} · {word}
        </p>
        {state === 'past_due' ? <p className={classes['bad']}>{t('memberships.pastDue')}</p> : null}
        {asking ? null : <Problem text={problem} />}
      </div>
      {running ? (
        <Button
          small
          aria-disabled={busy}
          className={classes['wide']}
          onClick={() => (cancelAtPeriodEnd ? void change('resume') : setAsking(true))}
        >
          {t(cancelAtPeriodEnd ? 'memberships.resume' : 'memberships.cancel')}
        </Button>
      ) : null}
      {asking ? (
        <Dialog title={t('memberships.cancel')} onClose={() => setAsking(false)}>
          <p>{t('memberships.cancelSure', { when })}</p>
          <Problem text={problem} />
          <div className={dialogs['actions']}>
            <Button onClick={() => setAsking(false)}>{t('memberships.keep')}</Button>
            <Button look="danger" aria-disabled={busy} onClick={() => void change('cancel')}>
              {t('memberships.cancelYes')}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </li>
  );
}
