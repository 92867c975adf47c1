import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { erase } from '../../api/account.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import dialogs from '../../ui/dialog.module.css';
import { Field } from '../../ui/Field.tsx';
import forms from '../../ui/form.module.css';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';

/** Erasing one's account, after one more question and the password. */
export function EraseAccount() {
  const { t } = useTranslation('account');
  const [asking, setAsking] = useState(false);
  const { busy, problem, run } = useTask();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get('password') ?? '');
    if (await run(() => erase(password))) location.assign('/');
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        {t('settings.erase')}
      </Button>
      {asking ? (
        <Dialog title={t('settings.erase')} onClose={() => setAsking(false)}>
          <p>{t('settings.eraseText')}</p>
          <form className={forms['form']} onSubmit={submit} noValidate>
            <Field
              label={t('settings.erasePassword')}
              name="password"
              type="password"
              autoComplete="current-password"
            />
            <Problem text={problem} />
            <div className={dialogs['actions']}>
              <Button onClick={() => setAsking(false)}>{t('close')}</Button>
              <Button look="danger" type="submit" aria-disabled={busy}>
                {t('settings.eraseYes')}
              </Button>
            </div>
          </form>
        </Dialog>
      ) : null}
    </>
  );
}
