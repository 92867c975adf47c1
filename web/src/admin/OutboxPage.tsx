import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../account/use-pages.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { whenText } from '../ui/time.ts';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import { loadMail, loadOutbox, type Mail, type MailState, type Outbox, type OutboxMail, retry } from './api.ts';
import { ListFrame } from './ListFrame.tsx';
import { MailDialog } from './MailDialog.tsx';

const STATES: readonly MailState[] = ['pending', 'sent', 'kept', 'failed', 'dropped'];

/** Mails: those of one state or all, to be looked at and to be sent again. */
export function OutboxPage({ bearer }: { bearer: string }) {
  const { t } = useTranslation('admin');
  const { busy, problem, run } = useTask();
  const [state, setState] = useState<MailState | ''>('');
  const asked = useRef<MailState | ''>('');
  const [first, setFirst] = useState<Outbox | null>(null);
  const [mail, setMail] = useState<Mail | null>(null);
  const [said, setSaid] = useState('');
  const list = usePages<OutboxMail, NonNullable<Outbox['next']>>(async (before) => {
    const page = await loadOutbox(bearer, asked.current, before);
    setFirst(page);
    return { items: page.mails, next: page.next };
  });
  const choose = (next: MailState | '') => {
    asked.current = next;
    setState(next);
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
        <select
          className={classes['select']}
          aria-label={t('outbox.filter')}
          value={state}
          onChange={(event) => choose(STATES.find((one) => one === event.target.value) ?? '')}
        >
          <option value="">{t('outbox.all')}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {t('outbox.counted', { state: t(`outbox.state.${one}`), count: first?.counts[one] ?? 0 })}
            </option>
          ))}
        </select>
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
  return (
    <li className={classes['line']} data-mail={state}>
      <div className={classes['row']}>
        <span className={classes['strong']}>{to}</span>
        <span className={classes['quiet']}>
          {[event, whenText(createdAt), attempts > 0 ? t('outbox.attempts', { count: attempts }) : '']
            .filter(Boolean)
            .join(', ')}
        </span>
        {lastError ? <span className={classes['bad']}>{lastError}</span> : null}
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
