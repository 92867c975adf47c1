import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { useNow } from '../ui/clock.ts';
import { LivePicture } from '../ui/LivePicture.tsx';
import { tokensText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { clockOf } from '../ui/time.ts';
import { useTask } from '../ui/use-task.ts';
import { Confirm } from './Dialog.tsx';
import { type CommandPath, order } from './order.ts';
import { PrepareDialog } from './PrepareDialog.tsx';
import { Preview } from './Preview.tsx';
import type { NewKey } from './SetupCard.tsx';
import shown from './show.module.css';
import classes from './studio.module.css';
import { TestDialog } from './TestDialog.tsx';
import type { Overview } from './use-overview.ts';
import { dayTime, timeOnly } from './words.ts';

type Show = NonNullable<Overview['show']>;
type Props = {
  overview: Overview;
  /** Null until it is known; a show is planned with its prices in view. */
  currency: string | null;
  refresh: () => Promise<void>;
  onKey: (key: NewKey) => void;
};

/** The show that runs or comes next, and what can be done with it. */
export function ShowCard({ overview, currency, refresh, onKey }: Props) {
  const { t } = useTranslation('studio');
  const [asking, setAsking] = useState<Question | null>(null);
  const { problem, run } = useTask();
  const show = overview.show ?? overview.upcoming[0] ?? null;
  const state = show?.state ?? 'none';

  const send = async (path: CommandPath) => {
    await order(path, show?.showId);
    await refresh();
  };
  const press = (path: CommandPath) => () => void run(() => send(path));
  return (
    <section className={classes['card']} aria-labelledby="show-heading" data-show={state}>
      <div className={classes['line']}>
        <h2 id="show-heading" className={classes['heading']}>
          {show?.title ?? (show ? t('show.untitled') : t('show.heading'))}
        </h2>
        <span className={shown['badge']} data-state={state}>
          {t(`show.state.${state}`)}
        </span>
      </div>
      <p>{t(`show.text.${state}`)}</p>
      {show ? (
        <div className={shown['seen']}>
          <Picture show={show} sending={overview.ingestState === 'playing'} />
          <Facts show={show} serverTime={overview.serverTime} />
        </div>
      ) : null}
      <Problem text={problem} />
      <Actions state={state} press={press} ask={setAsking} />
      {asking === 'end' ? (
        <Confirm
          title={t('show.endTitle')}
          text={t('show.endText')}
          yes={t('show.end')}
          onYes={() => send('/api/live-sessions/end')}
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === 'cancel' ? (
        <Confirm
          title={t('show.cancelTitle')}
          text={show?.ticketsSold ? t('plan.refund', { count: show.ticketsSold }) : t('show.cancelText')}
          yes={t('show.cancelShow')}
          no={t('shows.keep')}
          onYes={() => send('/api/live-sessions/cancel')}
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === 'prepare' && currency ? (
        <PrepareDialog
          channel={overview.channel}
          currency={currency}
          onClose={() => setAsking(null)}
          onPrepared={(key) => {
            if (key) onKey(key);
            void refresh();
          }}
        />
      ) : null}
      {asking === 'test' ? (
        <TestDialog
          channel={overview.channel.slug}
          onClose={() => setAsking(null)}
          onStarted={async (key) => {
            onKey(key);
            await refresh();
          }}
        />
      ) : null}
    </section>
  );
}

/** A preview plays, since its creator decides by it; of a show that runs a still picture is enough. */
function Picture({ show, sending }: { show: Show; sending: boolean }) {
  const { t } = useTranslation('studio');
  if (show.state === 'preview') return <Preview show={show} sending={sending} />;
  if (!show.thumbnail) return null;
  return (
    <div className={shown['picture']}>
      <LivePicture src={show.thumbnail} alt={t('preview.thumbnail')} />
    </div>
  );
}

type Question = 'end' | 'cancel' | 'prepare' | 'test';
type ActionsProps = {
  state: Show['state'] | 'none';
  press: (path: CommandPath) => () => void;
  ask: (question: Question) => void;
};

const ENDABLE = new Set<ActionsProps['state']>(['starting', 'preview', 'live', 'paused', 'reconnecting']);

/** What can be done in each state; only that is offered. */
function Actions({ state, press, ask }: ActionsProps) {
  const { t } = useTranslation('studio');
  return (
    <div className={classes['actions']}>
      {state === 'preview' ? (
        <Button look="primary" onClick={press('/api/live-sessions/go-live')}>
          {t('show.goLive')}
        </Button>
      ) : null}
      {state === 'live' ? <Button onClick={press('/api/live-sessions/pause')}>{t('show.pause')}</Button> : null}
      {state === 'paused' ? (
        <Button look="primary" onClick={press('/api/live-sessions/resume')}>
          {t('show.resume')}
        </Button>
      ) : null}
      {ENDABLE.has(state) ? (
        <Button look="danger" onClick={() => ask('end')}>
          {t('show.end')}
        </Button>
      ) : null}
      {state === 'scheduled' ? (
        <Button look="danger" onClick={() => ask('cancel')}>
          {t('show.cancelShow')}
        </Button>
      ) : null}
      {state !== 'none' ? null : (
        <Button look="primary" onClick={() => ask('prepare')}>
          {t('show.prepare')}
        </Button>
      )}
      {state === 'none' || state === 'scheduled' ? (
        <Button onClick={() => ask('test')}>{t('test.offer')}</Button>
      ) : null}
    </div>
  );
}

function Facts({ show, serverTime }: { show: Show; serverTime: string }) {
  const { t } = useTranslation('studio');
  const now = useNow(1000);
  // Overviews come every two seconds, so the server's clock is never further away than that.
  const leftMs = show.reconnectUntil ? Date.parse(show.reconnectUntil) - Math.max(Date.parse(serverTime), now) : 0;
  return (
    <ul className={classes['facts']}>
      {show.state === 'scheduled' && show.startsAt ? (
        <li>{t('show.planned', { time: dayTime(show.startsAt) })}</li>
      ) : null}
      {show.state === 'reconnecting' && leftMs > 0 ? (
        <li className={classes['warn']}>{t('show.waitLeft', { clock: clockOf(leftMs) })}</li>
      ) : null}
      {show.openedAt ? (
        <>
          <li className={classes['strong']}>{t('show.viewers', { count: show.viewers })}</li>
          <li>{t('show.peak', { count: show.peakViewers })}</li>
          <li>{t('show.since', { time: timeOnly(show.openedAt) })}</li>
        </>
      ) : null}
      <li>{t('show.room', { count: show.viewerLimit })}</li>
      {show.state === 'scheduled' ? <li>{show.audience.map((way) => t(`ways.${way}`)).join(', ')}</li> : null}
      {show.ticketPrice === null ? null : (
        <>
          <li>{t('plan.tickets', { price: tokensText(show.ticketPrice) })}</li>
          <li>{t('plan.sold', { count: show.ticketsSold })}</li>
        </>
      )}
    </ul>
  );
}
