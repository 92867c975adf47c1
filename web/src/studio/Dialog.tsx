import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import dialogs from './dialog.module.css';
import classes from './studio.module.css';

type DialogProps = { title: string; onClose: () => void; children: ReactNode };

/** The browser's own modal dialog: focus, Escape and the background are its business. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={box} className={dialogs['dialog']} aria-labelledby={heading} onCancel={onClose}>
      <h2 id={heading} className={classes['heading']}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

type ConfirmProps = { title: string; text: string; yes: string; onYes: () => Promise<unknown>; onClose: () => void };

/** Asks before something that cannot be undone. Stays open, with the reason, where it fails. */
export function Confirm({ title, text, yes, onYes, onClose }: ConfirmProps) {
  const { t } = useTranslation('studio');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const go = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await onYes();
      onClose();
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {problem ? (
        <p className={classes['problem']} role="alert">
          {problem}
        </p>
      ) : null}
      <div className={dialogs['actions']}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button look="danger" aria-disabled={busy} onClick={go}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
