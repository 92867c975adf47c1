import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import dialogs from '../../ui/dialog.module.css';
import { Field } from '../../ui/Field.tsx';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { amountOf, amountText, isTokens, unitText } from './amounts.ts';
import { giveBack, type Refunded, type Sale } from './api.ts';

type Props = { sale: Sale; onClose: () => void; onDone: (reply: Refunded) => void };

/** Gives a sale back, all of it or a part, with a reason. The button names the amount: pressing it is the confirmation. */
export function RefundDialog({ sale, onClose, onDone }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [all, setAll] = useState(true);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const { currency, gross, transferId } = sale;
  const left = gross - sale.refunded;
  const amount = all ? left : amountOf(typed, currency, 1, left);
  const words = (value: number) => amountText(t, value, currency);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (Number.isNaN(amount) || reason.trim() === '') return;
    await run(async () => {
      const part = all ? {} : { amount };
      onDone(await giveBack({ transferId, ...part, reason: reason.trim() }));
    });
  };
  const facts = {
    what: t(`earnings.item.${sale.source}`),
    buyer: sale.buyer ?? t('earnings.sale.unknown'),
    time: dayTime(sale.at),
    left: words(left),
  };
  return (
    <Dialog title={t('earnings.refund.title')} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit} noValidate>
        <p>{t('earnings.refund.text', facts)}</p>
        <fieldset>
          <legend className={classes['fieldName']}>{t('earnings.refund.how')}</legend>
          <label className={classes['tick']}>
            <input type="radio" name="how" checked={all} onChange={() => setAll(true)} />
            <span>{t('earnings.refund.all', { left: words(left) })}</span>
          </label>
          <label className={classes['tick']}>
            <input type="radio" name="how" checked={!all} onChange={() => setAll(false)} />
            <span>{t('earnings.refund.part')}</span>
          </label>
        </fieldset>
        {all ? null : (
          <Field
            label={t('earnings.refund.amount', { unit: unitText(t, currency) })}
            problem={tried && Number.isNaN(amount) ? t('earnings.refund.amountWrong', { left: words(left) }) : ''}
            inputMode={isTokens(currency) ? 'numeric' : 'decimal'}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        <Field
          label={t('earnings.refund.reason')}
          hint={t('earnings.refund.reasonHint')}
          problem={tried && reason.trim() === '' ? t('earnings.refund.reasonWrong') : ''}
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        {Number.isNaN(amount) ? null : (
          <p className={classes['quiet']}>
            {t('earnings.refund.cost', { amount: words(amount), own: words(Math.round((sale.own * amount) / gross)) })}
          </p>
        )}
        <Problem text={problem} />
        <div className={dialogs['actions']}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" type="submit" aria-disabled={busy}>
            {t('earnings.refund.yes', { amount: Number.isNaN(amount) ? '…' : words(amount) })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
