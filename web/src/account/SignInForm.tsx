import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '../api/session.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import forms from '../ui/form.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './account-kit.module.css';
import { EmailField } from './EmailField.tsx';
import { cameIn } from './me.ts';

type Props = { email: string; onEmail: (email: string) => void; onForgot: () => void; onIn: () => void };

/** E-mail and password. */
export function SignInForm({ email, onEmail, onForgot, onIn }: Props) {
  const { t } = useTranslation('account');
  const { busy, problem, setProblem, run } = useTask();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    if (!email.trim() || !password) return setProblem(t('sign.empty'));
    await run(async () => {
      if (!(await signIn(email.trim(), password))) return setProblem(t('sign.wrong'));
      await cameIn();
      onIn();
    });
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate>
      <EmailField value={email} onValue={onEmail} autoComplete="username" />
      <Field label={t('sign.password')} name="password" type="password" autoComplete="current-password" />
      <Problem text={problem} />
      <Button look="primary" type="submit" aria-disabled={busy}>
        {t(busy ? 'busy' : 'sign.in')}
      </Button>
      <button type="button" className={classes['link']} onClick={onForgot}>
        {t('sign.forgot')}
      </button>
    </form>
  );
}
