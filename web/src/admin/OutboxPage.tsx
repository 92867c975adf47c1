import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../account/use-pages.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { whenText } from '../ui/time.ts';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import {
  loadMail,
  loadOutbox,
  type Mail,
  type MailState,
  type NoticeEvent,
  type Outbox,
  type OutboxFilter,
  type OutboxMail,
  retry,
} from './api.ts';
import { ListFrame } from './ListFrame.tsx';
import { MailDialog } from './MailDialog.tsx';

const STATES: readonly MailState[] = ['pending', 'sent', 'kept', 'failed', 'dropped', 'skipped'];
/** Every event, so that a new one cannot be forgotten here. */
const EVENTS = Object.keys({
  'account.verify': 0,
  'account.exists': 0,
  'account.reset': 0,
  'code.issued': 0,
  'code.resent': 0,
  'code.expiring': 0,
  'payment.received': 0,
  'payment.refunded': 0,
  'payment.disputed': 0,
  'ticket.bought': 0,
  'ticket.refunded': 0,
  'tip.received': 0,
  'membership.started': 0,
  'membership.past_due': 0,
  'membership.ended': 0,
  'payout.requested': 0,
  'payout.paid': 0,
  'payout.rejected': 0,
  'payout.reversed': 0,
  'operator.payout_requested': 0,
  'operator.guessing': 0,
  'operator.payment_mismatch': 0,
} satisfies Record<NoticeEvent, 0>) as NoticeEvent[];

/** Mails: those of one state and one event, or all; to be looked at and to be sent again. */
export function OutboxPage({ bearer }: { bearer: string }) {
  const { t } = useTranslation('admin');
  const { busy, problem, run } = useTask();
  const [filter, setFilter] = useState<OutboxFilter>({ state: '', event: '' });
  const asked = useRef(filter);
  const [first, setFirst] = useState<Outbox | null>(null);
  const [mail, setMail] = useState<Mail | null>(null);
  const [said, setSaid] = useState('');
  const list = usePages<OutboxMail, NonNullable<Outbox['next']>>(async (before) => {
    const page = await loadOutbox(bearer, asked.current, before);
    setFirst(page);
    return { items: page.mails, next: page.next };
  });
  const choose = (change: Partial<OutboxFilter>) => {
    asked.current = { ...asked.current, ...change };
    setFilter(asked.current);
    list.reload();
  };
  const again = (id: OutboxMail['id']) =>
    run(async () => {
      setSaid('');
      await retry(bearer, id);
      setSaid(t('outbox.retried'));
      list.reload();
    });
  const open = (id: OutboxMail['id']) => run(async () => setMail(await loadMail(bearer, id)));
  return (
    <section className={classes['card']}>
      <div className={classes['head']}>
        <h2 className={classes['heading']}>{t('outbox.heading')}</h2>
        <div className={classes['actions']}>
          <select
            className={classes['select']}
            aria-label={t('outbox.filter')}
            value={filter.state}
            onChange={({ target }) => choose({ state: STATES.find((one) => one === target.value) ?? '' })}
          >
            <option value="">{t('outbox.all')}</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t('outbox.counted', { state: t(`outbox.state.${one}`), count: first?.counts[one] ?? 0 })}
              </option>
            ))}
          </select>
          <select
            className={classes['select']}
            aria-label={t('outbox.event')}
            value={filter.event}
            onChange={({ target }) => choose({ event: EVENTS.find((one) => one === target.value) ?? '' })}
          >
            <option value="">{t('outbox.everyEvent')}</option>
            {EVENTS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
      </div>
      {first ? <p className={classes['quiet']}>{t(`outbox.${first.mode}`)}</p> : null}
      <Problem text={mail ? '' : problem} />
      <p className={classes['good']} role="status">
        {said}
      </p>
      <ListFrame list={list}>
        {list.items?.map((one) => (
          <MailRow
            key={one.id}
            mail={one}
            busy={busy}
            open={() => void open(one.id)}
            retry={() => void again(one.id)}
          />
        ))}
      </ListFrame>
      {mail ? <MailDialog mail={mail} onClose={() => setMail(null)} /> : null}
    </section>
  );
}

type RowProps = { mail: OutboxMail; busy: boolean; open: () => void; retry: () => void };

function MailRow({ mail, busy, open, retry: again }: RowProps) {
  const { t } = useTranslation('admin');
  const { event, to, state, attempts, createdAt, lastError } = mail;
  const faulty = state === 'failed' || state === 'pending';
  return (
    <li className={classes['line']} data-mail={state}>
      <div className={classes['row']}>
        <span className={classes['strong']}>{to}</span>
        <span className={classes['quiet']}>
          {[event, whenText(createdAt), attempts > 0 ? t('outbox.attempts', { count: attempts }) : '']
            .filter(Boolean)
            .join(', ')}
        </span>
        {lastError ? <span className={classes[faulty ? 'bad' : 'quiet']}>{lastError}</span> : null}
      </div>
      <div className={classes['side']}>
        <span className={classes['tag']} data-state={state}>
          {t(`outbox.state.${state}`)}
        </span>
        <div className={classes['actions']}>
          <Button small aria-label={t('outbox.openOf', { event, to })} aria-disabled={busy} onClick={open}>
            {t('outbox.open')}
          </Button>
          {state === 'failed' || state === 'kept' ? (
            <Button small aria-label={`${t('outbox.retry')}: ${event}, ${to}`} aria-disabled={busy} onClick={again}>
              {t('outbox.retry')}
            </Button>
          ) : null}
        </div>
      </div>
    </li>
  );
}
