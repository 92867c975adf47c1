import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import dialogs from './dialog.module.css';
import { Problem } from './Problem.tsx';
import classes from './studio.module.css';
import { useTask } from './use-task.ts';

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
  const { busy, problem, run } = useTask();
  const go = async () => {
    if (await run(onYes)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <Problem text={problem} />
      <div className={dialogs['actions']}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button look="danger" aria-disabled={busy} onClick={go}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
