import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Player } from '../player/Player.tsx';
import { EyeIcon } from '../ui/icons.tsx';
import { Mark } from '../ui/Mark.tsx';
import { AccessCard } from './AccessCard.tsx';
import { CodeEntry } from './CodeEntry.tsx';
import { CoverCard } from './CoverCard.tsx';
import classes from './channel.module.css';
import type { Current } from './rules.ts';
import { StateBadge } from './StateBadge.tsx';
import { useChannel } from './use-channel.ts';
import { useNetwork } from './use-network.ts';

/** `/c/<slug>`: the picture, who it is, and the way in. */
export function ChannelPage({ slug, firstCode }: { slug: string; firstCode: string | null }) {
  const channel = useChannel(slug);
  const [theatre, setTheatre] = useState(false);
  const [another, setAnother] = useState(false);
  // Tried once: a code that was taken over by another device must not take it back unasked.
  const [first, setFirst] = useState(firstCode);
  const { known, view, source } = channel;
  const { current } = known;
  const trouble = useNetwork(known.away && !known.socketUp && current !== null);
  const { t } = useTranslation('watch');

  useEffect(() => {
    if (current) document.title = `${current.title ?? current.channel.name} · ${current.channel.name}`;
  }, [current]);

  const codeWanted = view.panel === 'code' || (view.panel === 'access' && another);
  return (
    <div
      className={classes['page']}
      data-state={current?.state ?? 'unknown'}
      data-cover={view.cover ?? 'none'}
      data-panel={view.panel}
      data-theatre={theatre ? 'yes' : 'no'}
    >
      <header className={classes['top']}>
        <Mark />
      </header>
      {trouble ? (
        <p className={classes['banner']} role="status">
          {t(`banner.${trouble}`)}
        </p>
      ) : null}
      <main className={classes['main']}>
        <div className={classes['stage']}>
          <Player
            wish={{ source, pictureDue: view.pictureDue, clockOffsetMs: known.clockOffsetMs }}
            onRefused={channel.onRefused}
            onPicture={channel.onPicture}
            theatre={theatre}
            onTheatre={() => setTheatre((was) => !was)}
          >
            {view.cover ? <CoverCard cover={view.cover} channel={channel} /> : null}
          </Player>
        </div>
        <div className={classes['side']}>
          {current ? <About current={current} /> : null}
          {codeWanted ? (
            <CodeEntry
              key={slug}
              first={first}
              again={view.lost !== null}
              live={view.cover === 'locked' || view.lost !== null}
              onCode={async (code) => {
                setFirst(null);
                await channel.validate(code);
                setAnother(false);
              }}
            />
          ) : null}
          {view.panel === 'access' && current && !another ? (
            <AccessCard current={current} clockOffsetMs={known.clockOffsetMs} onOther={() => setAnother(true)} />
          ) : null}
        </div>
      </main>
    </div>
  );
}

function About({ current }: { current: Current }) {
  const { t } = useTranslation('watch');
  const on = current.state === 'live' || current.state === 'paused' || current.state === 'reconnecting';
  return (
    <section className={classes['about']} aria-labelledby="channel-name">
      <div className={classes['line']}>
        <StateBadge state={current.state} />
        {on ? (
          <span className={classes['viewers']} data-viewers={current.viewers}>
            <EyeIcon />
            {t('viewers', { count: current.viewers })}
          </span>
        ) : null}
      </div>
      <h1 id="channel-name">{current.channel.name}</h1>
      {current.title && current.state !== 'none' ? <p className={classes['title']}>{current.title}</p> : null}
      {current.channel.bio ? <p className={classes['bio']}>{current.channel.bio}</p> : null}
    </section>
  );
}
