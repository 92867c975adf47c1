import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Problem } from '../ui/Problem.tsx';
import { whenText } from '../ui/time.ts';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import { type Customer, loadCustomer } from './api.ts';
import { amountText } from './words.ts';

/** Everything about one customer, by e-mail address. */
export function Customers({ bearer }: { bearer: string }) {
  const { t } = useTranslation('admin');
  const { busy, problem, setProblem, run } = useTask();
  const [customer, setCustomer] = useState<Customer | null>(null);
  const find = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get('email') ?? '').trim();
    if (!/^\S+@\S+\.\S+$/.test(email)) return setProblem(t('customers.empty'));
    await run(async () => {
      setCustomer(null);
      setCustomer(await loadCustomer(bearer, email));
    });
  };
  return (
    <>
      <section className={classes['card']}>
        <h2 className={classes['heading']}>{t('customers.heading')}</h2>
        <form className={classes['inline']} onSubmit={find} noValidate>
          <Field label={t('customers.email')} name="email" type="email" inputMode="email" autoComplete="off" />
          <Button type="submit" look="primary" aria-disabled={busy}>
            {t('customers.find')}
          </Button>
        </form>
        <Problem text={problem} />
      </section>
      {customer ? <Found customer={customer} /> : null}
    </>
  );
}

function Found({ customer }: { customer: Customer }) {
  const { t } = useTranslation('admin');
  const { account, tips } = customer;
  const facts = account
    ? [
        account.email,
        account.emailVerified ? '' : t('customers.unverified'),
        t('customers.since', { time: whenText(account.createdAt) }),
        account.channels.length > 0 ? t('customers.channels', { channels: account.channels.join(', ') }) : '',
        t('customers.wallet', { balance: amountText(t, account.wallet.balance, 'TOKEN') }),
        account.wallet.debt > 0 ? t('customers.debt', { debt: amountText(t, account.wallet.debt, 'TOKEN') }) : '',
      ]
    : [t('customers.noAccount')];
  return (
    <div className={classes['grid']} data-customer={customer.email}>
      <section className={classes['card']}>
        <h2 className={classes['heading']}>{account?.name ?? customer.email}</h2>
        <ul>
          {facts.filter(Boolean).map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
        <p className={classes['quiet']}>
          {t('customers.tips', { count: tips.count, total: amountText(t, tips.totalTokens, 'TOKEN') })}
        </p>
      </section>
      <Purchases customer={customer} />
      <Rights customer={customer} />
      <Returns customer={customer} />
    </div>
  );
}

type Row = { key: string; what: ReactNode; facts: readonly (string | null | undefined | false)[] };

function Rows({ heading, rows }: { heading: string; rows: readonly Row[] }) {
  const { t } = useTranslation('admin');
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{heading}</h2>
      {rows.length === 0 ? <p className={classes['quiet']}>{t('none')}</p> : null}
      <ul className={classes['rows']}>
        {rows.map(({ key, what, facts }) => (
          <li key={key} className={classes['row']}>
            <span className={classes['strong']}>{what}</span>
            <span className={classes['quiet']}>{facts.filter(Boolean).join(', ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Purchases({ customer }: { customer: Customer }) {
  const { t } = useTranslation('admin');
  const rows = customer.purchases.map(
    (one): Row => ({
      key: one.transferId ?? one.checkoutId ?? one.at,
      what: `${t(`customers.kind.${one.kind}`)}, ${amountText(t, one.amountMinor, one.currency)}`,
      facts: [
        one.state,
        one.channel,
        one.method,
        whenText(one.at),
        one.refundedMinor > 0 && t('customers.refunded', { refunded: amountText(t, one.refundedMinor, one.currency) }),
        one.transferId,
        one.paymentIntentId,
      ],
    }),
  );
  return <Rows heading={t('customers.purchases')} rows={rows} />;
}

/** What opens shows: codes, tickets, subscriptions. */
function Rights({ customer }: { customer: Customer }) {
  const { t } = useTranslation('admin');
  const codes = customer.codes.map(
    (code): Row => ({
      key: code.id,
      what: code.hint,
      facts: [
        code.channel,
        code.revokedAt ? t('customers.revoked') : t('customers.until', { time: whenText(code.expiresAt) }),
        t('customers.used', { count: code.usageCount }),
      ],
    }),
  );
  const tickets = customer.tickets.map(
    (ticket): Row => ({
      key: ticket.ticketId,
      what: ticket.title ?? ticket.showId,
      facts: [ticket.channel, ticket.state, amountText(t, ticket.priceTokens, 'TOKEN'), whenText(ticket.boughtAt)],
    }),
  );
  const subscriptions = customer.subscriptions.map(
    (one): Row => ({
      key: one.id,
      what: one.channelName ?? one.plan ?? one.id,
      facts: [one.state, amountText(t, one.priceMinor, one.currency), one.id],
    }),
  );
  return (
    <>
      <Rows heading={t('customers.codes')} rows={codes} />
      <Rows heading={t('customers.tickets')} rows={tickets} />
      <Rows heading={t('customers.subscriptions')} rows={subscriptions} />
    </>
  );
}

function Returns({ customer }: { customer: Customer }) {
  const { t } = useTranslation('admin');
  const rows = customer.refunds.map(
    (one): Row => ({
      key: one.transferId ?? `${one.reverses} ${one.at}`,
      what: amountText(t, one.amountMinor, one.currency),
      facts: [one.kind, one.state, one.reason, one.actor, whenText(one.at), one.reverses],
    }),
  );
  return <Rows heading={t('customers.refunds')} rows={rows} />;
}
