import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { startSession } from '#contract/live-sessions.ts';
import { call } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import type { NewKey } from './SetupCard.tsx';
import classes from './studio.module.css';

type Props = { channel: string; onClose: () => void; onPrepared: (key: NewKey) => void };

/** A title and a time, both optional; the reply brings a key for this show alone. */
export function PrepareDialog({ channel, onClose, onPrepared }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const title = String(data.get('title') ?? '').trim();
    const starts = String(data.get('starts') ?? '');
    const prepared = await run(async () => {
      const reply = await call<typeof startSession>('post', '/api/live-sessions/start', {
        body: {
          channel,
          ...(title ? { title } : {}),
          ...(starts ? { startsAt: new Date(starts).toISOString() } : {}),
        },
      });
      onPrepared({ id: null, key: reply.streamKey, label: t('show.preparedTitle'), note: t('show.preparedText') });
    });
    if (prepared) onClose();
  };
  return (
    <Dialog title={t('show.prepareTitle')} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit}>
        <label className={classes['labelled']}>
          <span>{t('show.titleLabel')}</span>
          <input className={classes['field']} name="title" maxLength={120} aria-describedby="title-hint" />
          <small id="title-hint">{t('show.titleHint')}</small>
        </label>
        <label className={classes['labelled']}>
          <span>{t('show.startsLabel')}</span>
          <input className={classes['field']} name="starts" type="datetime-local" aria-describedby="starts-hint" />
          <small id="starts-hint">{t('show.startsHint')}</small>
        </label>
        <Problem text={problem} />
        <div className={dialogs['actions']}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t('show.prepareSubmit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
