import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import { reconcile, sync } from './api.ts';

/** Catches up with Stripe: everything, or one subscription. */
export function AskStripe({ bearer, onDone }: { bearer: string; onDone: () => void }) {
  const { t } = useTranslation('admin');
  const { busy, problem, setProblem, run } = useTask();
  const [said, setSaid] = useState('');
  const all = () =>
    run(async () => {
      setSaid('');
      const done = await reconcile(bearer);
      const failed = done.failed > 0 ? t('stripe.failed', { count: done.failed }) : '';
      setSaid([t('stripe.result', done), failed].filter(Boolean).join(' '));
      onDone();
    });
  const one = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const id = String(new FormData(event.currentTarget).get('subscription') ?? '').trim();
    if (id.length < 4) return setProblem(t('stripe.empty'));
    void run(async () => {
      setSaid('');
      setSaid(t('stripe.synced', { state: (await sync(bearer, id)).state }));
    });
  };
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{t('stripe.heading')}</h2>
      <p className={classes['quiet']}>{t('stripe.text')}</p>
      <div className={classes['actions']}>
        <Button aria-disabled={busy} onClick={() => void all()}>
          {t('stripe.reconcile')}
        </Button>
      </div>
      <form className={classes['inline']} onSubmit={one} noValidate>
        <Field label={t('stripe.subscription')} name="subscription" autoComplete="off" maxLength={255} />
        <Button type="submit" aria-disabled={busy}>
          {t('stripe.sync')}
        </Button>
      </form>
      <Problem text={problem} />
      <p className={classes['good']} role="status">
        {said}
      </p>
    </section>
  );
}
