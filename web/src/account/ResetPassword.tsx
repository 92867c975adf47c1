import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { resetPassword } from '../api/session.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import forms from '../ui/form.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { ForgotForm } from './ForgotForm.tsx';
import classes from './page.module.css';
import { PASSWORD_MIN } from './password.ts';
import { SignForm } from './SignForm.tsx';
import { takeLink } from './token.ts';

/** Where the mailed link leads: a new password, then signing in with it. */
export function ResetPassword() {
  const { t } = useTranslation('account');
  const [{ token }] = useState(takeLink);
  const [state, setState] = useState<'form' | 'done' | 'stale'>(token ? 'form' : 'stale');
  const [email, setEmail] = useState('');
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    if (password.length < PASSWORD_MIN) return setProblem(t('up.passwordShort'));
    await run(async () => setState((await resetPassword(token, password)) ? 'done' : 'stale'));
  };
  return (
    <section className={classes['card']} data-reset={state}>
      {state === 'form' ? (
        <form className={forms['form']} onSubmit={submit} noValidate>
          <Field
            label={t('reset.password')}
            hint={t('up.passwordHint')}
            name="password"
            type="password"
            autoComplete="new-password"
            maxLength={128}
          />
          <Problem text={problem} />
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t(busy ? 'busy' : 'reset.submit')}
          </Button>
        </form>
      ) : (
        <>
          <p role="status">{t(`reset.${state}`)}</p>
          {state === 'done' ? (
            <SignForm onIn={() => location.assign('/account')} />
          ) : (
            <ForgotForm email={email} onEmail={setEmail} onBack={() => location.assign('/account')} />
          )}
        </>
      )}
    </section>
  );
}
