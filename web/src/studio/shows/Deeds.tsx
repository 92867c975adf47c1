import { useTranslation } from 'react-i18next';
import type { deleteStream } from '#contract/live-sessions.ts';
import { call } from '../../api/http.ts';
import { Confirm } from '../Dialog.tsx';
import { amountText } from '../earnings/amounts.ts';
import { order } from '../order.ts';
import { PrepareDialog } from '../PrepareDialog.tsx';
import type { NewKey } from '../SetupCard.tsx';
import type { Plan } from '../sell/plan.ts';
import type { Overview } from '../use-overview.ts';
import { EditDialog } from './EditDialog.tsx';
import type { ShowFigures } from './use-shows.ts';

export type Asking = { what: 'plan'; start: Partial<Plan> } | { what: 'edit' | 'cancel' | 'delete'; show: ShowFigures };

type Props = {
  asking: Asking;
  channel: Overview['channel'];
  currency: string;
  onKey: (key: NewKey) => void;
  onClose: () => void;
  /** Something has changed; in words, where the list alone does not say it. */
  onDone: (said: string) => void;
};

/** The dialog of whatever is to be done with a show. */
export function Deeds({ asking, channel, currency, onKey, onClose, onDone }: Props) {
  const { t } = useTranslation('studio');
  if (asking.what === 'plan')
    return (
      <PrepareDialog
        {...{ channel, currency, onClose }}
        start={asking.start}
        onPrepared={(key) => {
          if (key) onKey(key);
          onDone('');
        }}
      />
    );
  const { show } = asking;
  const title = show.title ?? t('show.untitled');
  if (asking.what === 'edit')
    return (
      <EditDialog {...{ show, channel, currency, onClose }} onSaved={() => onDone(t('shows.changed', { title }))} />
    );
  if (asking.what === 'delete')
    return (
      <Confirm
        title={t('shows.deleteTitle', { title })}
        text={t('shows.deleteText')}
        yes={t('shows.delete')}
        no={t('shows.keep')}
        onYes={async () => {
          await call<typeof deleteStream>('delete', '/api/streams/:id', { params: { id: show.showId } });
          onDone(t('shows.deleted', { title }));
        }}
        onClose={onClose}
      />
    );
  const back = { count: show.ticketsSold, tokens: amountText(t, show.refundTokens, 'TOKEN') };
  const some = show.ticketsSold > 0;
  return (
    <Confirm
      title={t('shows.cancelTitle', { title })}
      text={[
        some ? t('shows.cancelTickets', back) : t('shows.cancelNoTickets'),
        t('shows.cancelRest'),
        t('shows.cancelFinal'),
      ]}
      yes={t('show.cancelShow')}
      no={t('shows.keep')}
      onYes={async () => {
        await order('/api/live-sessions/cancel', show.showId);
        onDone([t('shows.cancelled', { title }), some ? t('shows.cancelledTickets', back) : ''].join(' ').trim());
      }}
      onClose={onClose}
    />
  );
}
