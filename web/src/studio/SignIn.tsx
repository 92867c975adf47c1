import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { signIn } from './session.ts';
import classes from './studio.module.css';

/** E-mail and password. */
export function SignIn({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation('studio');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(event.currentTarget);
    const email = String(data.get('email') ?? '').trim();
    const password = String(data.get('password') ?? '');
    if (!email || !password) return setProblem(t('signIn.empty'));
    setBusy(true);
    setProblem('');
    try {
      if (await signIn(email, password)) await onDone();
      else setProblem(t('signIn.wrong'));
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
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
      {problem ? (
        <p className={classes['problem']} role="alert">
          {problem}
        </p>
      ) : null}
      <Button look="primary" type="submit" aria-disabled={busy}>
        {t(busy ? 'signIn.busy' : 'signIn.submit')}
      </Button>
      <p className={classes['quiet']}>{t('signIn.help')}</p>
    </form>
  );
}
