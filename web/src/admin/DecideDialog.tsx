import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Field } from '../ui/Field.tsx';
import { priceText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import { type AdminPayout, type Decision, decide } from './api.ts';

type Props = {
  bearer: string;
  payout: AdminPayout;
  decision: Decision;
  onClose: () => void;
  onDone: (decided: AdminPayout) => void;
};

/** Asks before a payout is approved, rejected or said to be paid. Stays open, with the reason, where it fails. */
export function DecideDialog({ bearer, payout, decision, onClose, onDone }: Props) {
  const { t } = useTranslation('admin');
  const { busy, problem, run } = useTask();
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const { name, email } = payout.creator;
  const facts = { name, email, cash: priceText(payout.cashMinor, payout.cashCurrency) };
  const empty = decision !== 'approve' && note.trim() === '';

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (empty) return;
    await run(async () => {
      onDone(await decide(bearer, payout.id, decision, note.trim()));
      onClose();
    });
  };
  return (
    <Dialog title={t(`payouts.${decision}`)} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit} noValidate>
        <p>{t(`payouts.${decision}Text`, facts)}</p>
        {decision === 'approve' ? null : (
          <Field
            label={t(decision === 'reject' ? 'payouts.reasonLabel' : 'payouts.referenceLabel')}
            problem={tried && empty ? t('payouts.empty') : ''}
            maxLength={200}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        )}
        <Problem text={problem} />
        <div className={dialogs['actions']}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look={decision === 'reject' ? 'danger' : 'primary'} type="submit" aria-disabled={busy}>
            {t(`payouts.${decision}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
