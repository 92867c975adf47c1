import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';

type ConfirmProps = {
  title: string;
  /** One paragraph, or several. */
  text: string | readonly string[];
  yes: string;
  /** The way out, where "Cancel" could be taken for the deed. */
  no?: string;
  onYes: () => Promise<unknown>;
  onClose: () => void;
};

/** Asks before something that cannot be undone. Stays open, with the reason, where it fails. */
export function Confirm({ title, text, yes, no, onYes, onClose }: ConfirmProps) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const go = async () => {
    if (await run(onYes)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {[text].flat().map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <Problem text={problem} />
      <div className={dialogs['actions']}>
        <Button onClick={onClose}>{no ?? t('cancel')}</Button>
        <Button look="danger" aria-disabled={busy} onClick={go}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
