import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import buttons from '../ui/button.module.css';
import { useNow } from '../ui/clock.ts';
import { clockOf } from '../ui/time.ts';
import classes from './cover.module.css';
import type { Cover } from './rules.ts';
import type { Channel } from './use-channel.ts';
import { lockedWord } from './ways/rules.ts';

/** What lies over the picture: one sentence and the next step. */
export function CoverCard({ cover, channel }: { cover: Cover; channel: Channel }) {
  const { t } = useTranslation('watch');
  const name = channel.known.current?.channel.name ?? '';
  // Where the page has no heading yet, what is said here is the heading.
  const Title = name ? 'p' : 'h1';
  return (
    <div className={classes['cover']} data-cover={cover} data-over={channel.source ? 'picture' : 'nothing'}>
      <div className={classes['words']} role="status">
        {cover === 'loading' ? <span className={classes['spinner']} /> : null}
        {name && !channel.source ? <p className={classes['name']}>{name}</p> : null}
        <Title className={classes['title']}>{t(`cover.${cover}.title`)}</Title>
        <CoverText cover={cover} channel={channel} />
      </div>
      <CoverAction cover={cover} channel={channel} />
    </div>
  );
}

function CoverText({ cover, channel }: { cover: Cover; channel: Channel }) {
  const { t } = useTranslation('watch');
  const now = useNow(1000) + channel.known.clockOffsetMs;
  const { current } = channel.known;
  const until = (instant: string | null | undefined) => (instant ? Date.parse(instant) - now : null);

  if (cover === 'soon') {
    const inMs = until(current?.startsAt);
    return (
      <>
        {current?.startsAt && inMs !== null ? (
          <>
            <p className={classes['clock']} role="timer" aria-live="off" data-countdown="">
              {inMs > 0 ? clockOf(inMs) : t('cover.soon.anyMoment')}
            </p>
            <p className={classes['text']}>{t('cover.soon.at', { when: localTime(current.startsAt) })}</p>
          </>
        ) : null}
        <p className={classes['text']}>{t(`cover.soon.${soonWord(channel)}`)}</p>
      </>
    );
  }
  if (cover === 'reconnecting') {
    const leftMs = until(current?.reconnectUntil);
    return (
      <>
        <p className={classes['text']}>{t('cover.reconnecting.text')}</p>
        {leftMs !== null && leftMs > 0 ? (
          <p className={classes['left']} aria-live="off" data-countdown="">
            {t('cover.reconnecting.left', { clock: clockOf(leftMs) })}
          </p>
        ) : null}
      </>
    );
  }
  if (cover === 'ended') {
    const leftMs = until(current?.accessUntil);
    return (
      <>
        <p className={classes['text']}>{t('cover.ended.text')}</p>
        {leftMs !== null && leftMs > 0 && channel.view.panel === 'access' ? (
          <p className={classes['text']} aria-live="off">
            {t('cover.ended.valid', { clock: clockOf(leftMs) })}
          </p>
        ) : null}
      </>
    );
  }
  if (cover === 'locked' && current) {
    return <p className={classes['text']}>{t(`cover.locked.${lockedWord(current)}`)}</p>;
  }
  if (cover === 'taken_over' && !channel.canReclaim) {
    return <p className={classes['text']}>{t('cover.taken_over.enter')}</p>;
  }
  const text = t(`cover.${cover}.text`);
  return text ? <p className={classes['text']}>{text}</p> : null;
}

function CoverAction({ cover, channel }: { cover: Cover; channel: Channel }) {
  const { t } = useTranslation('watch');
  const [problem, setProblem] = useState('');
  if (cover === 'not_found') {
    return (
      <a className={`${buttons['button']} ${buttons['primary']}`} href="/streams">
        {t('cover.not_found.action')}
      </a>
    );
  }
  if (cover === 'unreachable' || cover === 'full' || cover === 'address_full') {
    return (
      <Button look="primary" onClick={channel.refresh}>
        {t(`cover.${cover}.action`)}
      </Button>
    );
  }
  if (cover !== 'taken_over' || !channel.canReclaim) return null;
  return (
    <>
      <Button
        look="primary"
        onClick={() => {
          setProblem('');
          channel.reclaim().catch((error: unknown) => setProblem(errorText(error)));
        }}
      >
        {t('cover.taken_over.action')}
      </Button>
      {problem ? (
        <p role="alert" className={classes['problem']}>
          {problem}
        </p>
      ) : null}
    </>
  );
}

function soonWord({ known, view }: Channel): 'ready' | 'choose' | 'text' {
  if (view.panel === 'access') return 'ready';
  return known.current ? lockedWord(known.current) : 'text';
}

const localTime = (instant: string) =>
  new Intl.DateTimeFormat(undefined, {
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    day: 'numeric',
    month: 'long',
  }).format(new Date(instant));
