import type { TFunction } from 'i18next';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Header } from '../account/Header.tsx';
import { useStandIn } from '../account/use-stand-in.ts';
import { ApiError } from '../api/http.ts';
import { EyeIcon } from '../ui/icons.tsx';
import { LivePicture } from '../ui/LivePicture.tsx';
import { tokensText } from '../ui/money.ts';
import { StateBadge } from './StateBadge.tsx';
import classes from './streams.module.css';
import { loadStreams, type StreamItem } from './streams.ts';

const EVERY_MS = 10_000;
const AFTER_FAILURE_MS = 3000;

type Loaded = { streams: StreamItem[] | null; failed: boolean };

function useStreams(): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ streams: null, failed: false });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    const load = async () => {
      let waitMs = EVERY_MS;
      try {
        const streams = await loadStreams();
        if (!stopped) setLoaded({ streams, failed: false });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        waitMs = AFTER_FAILURE_MS;
        if (!stopped) setLoaded((was) => ({ ...was, failed: true }));
      }
      if (!stopped) timer = setTimeout(load, waitMs * (0.75 + Math.random() / 2));
    };
    void load();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  return loaded;
}

/** `/` and `/streams`: who is live and who will be. `/live` leads on to the only channel. */
export function StreamsPage({ leadOn }: { leadOn: boolean }) {
  const { t } = useTranslation('watch');
  const { streams, failed } = useStreams();
  const standIn = useStandIn();
  const live = streams?.filter((item) => item.live) ?? [];
  const upcoming = streams?.filter((item) => !item.live) ?? [];

  useEffect(() => {
    document.title = `${t('streams.title')} · Stagedoor`;
    const only = (live.length > 0 ? live : upcoming).at(0);
    if (leadOn && only) location.replace(`/c/${only.channel.slug}${location.hash}`);
  });

  return (
    <div className={classes['page']} data-state={streams ? 'loaded' : failed ? 'failed' : 'loading'}>
      <Header standIn={standIn}>
        <a className={classes['creators']} href="/studio">
          {t('footer.creators')}
        </a>
      </Header>
      <main className={classes['main']}>
        <h1 className={classes['heading']}>{t('streams.title')}</h1>
        {failed && !streams ? <Empty title={t('streams.failed')} text={t('streams.failedText')} /> : null}
        {streams && streams.length === 0 ? <Empty title={t('streams.none')} text={t('streams.noneText')} /> : null}
        {live.length > 0 ? <List title={t('streams.now')} items={live} /> : null}
        {upcoming.length > 0 ? <List title={t('streams.upcoming')} items={upcoming} /> : null}
      </main>
    </div>
  );
}

function Empty({ title, text }: { title: string; text: string }) {
  return (
    <div className={classes['empty']} role="status">
      <p className={classes['emptyTitle']}>{title}</p>
      <p>{text}</p>
    </div>
  );
}

function List({ title, items }: { title: string; items: StreamItem[] }) {
  const { t } = useTranslation('watch');
  return (
    <section aria-label={title}>
      <h2 className={classes['section']}>{title}</h2>
      <ul className={classes['list']}>
        {items.map((item) => (
          <li key={item.id}>
            <a className={classes['card']} href={`/c/${item.channel.slug}`}>
              <span className={classes['picture']}>
                <span className={classes['initial']} aria-hidden="true">
                  {item.channel.name.slice(0, 1).toUpperCase()}
                </span>
                <LivePicture src={item.thumbnail} alt={t('streams.picture', { name: item.channel.name })} />
                <span className={classes['badge']}>
                  <StateBadge state={item.state} />
                </span>
              </span>
              <span className={classes['words']}>
                <span className={classes['name']}>{item.title ?? item.channel.name}</span>
                <span className={classes['quiet']}>{item.title ? item.channel.name : ''}</span>
                {item.live ? (
                  <span className={classes['viewers']}>
                    <EyeIcon />
                    {t('viewers', { count: item.viewers })}
                  </span>
                ) : null}
                <span className={classes['quiet']}>{wayIn(item, t)}</span>
                {!item.live && item.startsAt ? (
                  <span className={classes['quiet']}>{t('streams.starts', { when: when(item.startsAt) })}</span>
                ) : null}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The easiest way in, in a word: free, else a ticket with its price, else what opens the channel. */
function wayIn(item: StreamItem, t: TFunction<'watch'>): string {
  if (item.audience.includes('everybody')) return t('streams.entry.everybody');
  if (item.ticketPrice !== null)
    return t('streams.ticket', { count: item.ticketPrice, n: tokensText(item.ticketPrice) });
  const [way = 'code'] = item.audience;
  return t(`streams.entry.${way}`);
}

const when = (instant: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
