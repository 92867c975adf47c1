import { useTranslation } from 'react-i18next';
import type { startSession } from '#contract/live-sessions.ts';
import { call } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import type { NewKey } from './SetupCard.tsx';

type Props = { channel: string; onClose: () => void; onStarted: (key: NewKey) => Promise<void> };

/** Says what a test stream is, then prepares one. */
export function TestDialog({ channel, onClose, onStarted }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const start = async () => {
    const started = await run(async () => {
      const body = { channel, test: true };
      const reply = await call<typeof startSession>('post', '/api/live-sessions/start', { body });
      await onStarted({ id: null, key: reply.streamKey, label: t('test.key'), note: t('test.keyText') });
    });
    if (started) onClose();
  };
  return (
    <Dialog title={t('test.title')} onClose={onClose}>
      <p>{t('test.text')}</p>
      <p>{t('test.end')}</p>
      <Problem text={problem} />
      <div className={dialogs['actions']}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button look="primary" aria-disabled={busy} onClick={start}>
          {t('test.start')}
        </Button>
      </div>
    </Dialog>
  );
}
