import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { forgotPassword } from '../api/session.ts';
import { Button } from '../ui/Button.tsx';
import { isEmail } from '../ui/email.ts';
import forms from '../ui/form.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './account-kit.module.css';
import { EmailField } from './EmailField.tsx';

type Props = { email: string; onEmail: (email: string) => void; onBack: () => void };

/** Asks for a link to set a new password. Says the same whether or not the address is known. */
export function ForgotForm({ email, onEmail, onBack }: Props) {
  const { t } = useTranslation('account');
  const [sent, setSent] = useState(false);
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isEmail(email)) return setProblem(t('emailWrong'));
    if (await run(() => forgotPassword(email.trim()))) setSent(true);
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate>
      {sent ? (
        <p role="status">{t('forgot.sent', { email: email.trim() })}</p>
      ) : (
        <>
          <p className={classes['quiet']}>{t('forgot.text')}</p>
          <EmailField value={email} onValue={onEmail} />
          <Problem text={problem} />
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t(busy ? 'busy' : 'forgot.send')}
          </Button>
        </>
      )}
      <button type="button" className={classes['link']} onClick={onBack}>
        {t('forgot.back')}
      </button>
    </form>
  );
}
