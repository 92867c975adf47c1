import { type ReactNode, useEffect, useId, useRef } from 'react';
import dialogs from './dialog.module.css';
import { CloseIcon } from './icons.tsx';

type Props = {
  title: string;
  onClose: () => void;
  /** Gives the dialog a cross in its corner, of this name. */
  closeName?: string;
  children: ReactNode;
};

/** The browser's own modal dialog: focus, Escape and the background are its business. */
export function Dialog({ title, onClose, closeName, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    // Where the page opened it from is where the focus returns to; the browser forgets it when the node goes.
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      className={dialogs['dialog']}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={dialogs['head']}>
        <h2 id={heading} className={dialogs['title']}>
          {title}
        </h2>
        {closeName ? (
          <button type="button" className={dialogs['close']} aria-label={closeName} onClick={onClose}>
            <CloseIcon />
          </button>
        ) : null}
      </div>
      {children}
    </dialog>
  );
}
