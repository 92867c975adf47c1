import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '../api/session.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './studio.module.css';

/** E-mail and password. */
export function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation('studio');
  const { busy, problem, setProblem, run } = useTask();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const email = String(data.get('email') ?? '').trim();
    const password = String(data.get('password') ?? '');
    if (!email || !password) return setProblem(t('signIn.empty'));
    await run(async () => {
      if (await signIn(email, password)) await onDone();
      else setProblem(t('signIn.wrong'));
    });
  };
  return (
    <form className={`${classes['card']} ${classes['narrow']}`} onSubmit={submit} noValidate>
      <h1 className={classes['heading']}>{t('signIn.title')}</h1>
      <label className={classes['labelled']}>
        <span>{t('signIn.email')}</span>
        <input className={classes['field']} name="email" type="email" autoComplete="username" inputMode="email" />
      </label>
      <label className={classes['labelled']}>
        <span>{t('signIn.password')}</span>
        <input className={classes['field']} name="password" type="password" autoComplete="current-password" />
      </label>
      <Problem text={problem} />
      <Button look="primary" type="submit" aria-disabled={busy}>
        {t(busy ? 'signIn.busy' : 'signIn.submit')}
      </Button>
      <p className={classes['quiet']}>{t('signIn.help')}</p>
    </form>
  );
}
