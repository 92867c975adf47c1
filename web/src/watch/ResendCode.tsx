import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sendCodeAgain } from '../api/shop.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { isEmail } from '../ui/email.ts';
import { Field } from '../ui/Field.tsx';
import forms from '../ui/form.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';

type Props = { slug: string; onClose: () => void };

/** "Send me my code again": to the address it was bought with, and the same words whoever asks. */
export function ResendCode({ slug, onClose }: Props) {
  const { t } = useTranslation('watch');
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isEmail(email)) return setProblem(t('buy.email'));
    if (await run(() => sendCodeAgain(email.trim(), slug))) setSent(true);
  };
  return (
    <Dialog title={t('resend.title')} closeName={t('resend.close')} onClose={onClose}>
      {sent ? (
        <>
          <p role="status">{t('resend.sent', { email: email.trim() })}</p>
          <Button onClick={onClose}>{t('resend.done')}</Button>
        </>
      ) : (
        <form className={forms['form']} onSubmit={submit} noValidate>
          <Field
            label={t('resend.email')}
            hint={t('resend.hint')}
            name="email"
            type="email"
            inputMode="email"
            autoCapitalize="none"
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <Problem text={problem} />
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t(busy ? 'buy.busy' : 'resend.send')}
          </Button>
        </form>
      )}
    </Dialog>
  );
}
