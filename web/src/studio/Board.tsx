import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shop } from '../api/shop.ts';
import { errorText } from '../i18n.ts';
import { SectionNav, useSection } from '../ui/SectionNav.tsx';
import { CodesCard } from './CodesCard.tsx';
import { CopyField } from './Copy.tsx';
import { EarningsPage } from './earnings/EarningsPage.tsx';
import { HealthCard } from './health/HealthCard.tsx';
import { useHealth } from './health/use-health.ts';
import { KeysCard } from './KeysCard.tsx';
import { RefusalsCard } from './RefusalsCard.tsx';
import { SettingsCard } from './SettingsCard.tsx';
import { type NewKey, SetupCard } from './SetupCard.tsx';
import { ShowCard } from './ShowCard.tsx';
import { StandIn } from './StandIn.tsx';
import { SellCard } from './sell/SellCard.tsx';
import { ShowsPage } from './shows/ShowsPage.tsx';
import classes from './studio.module.css';
import { TestCard } from './TestCard.tsx';
import { type Overview, useOverview } from './use-overview.ts';
import { useShop } from './use-shop.ts';

/** The studio's pages, each with an address of its own; the first is the studio's own. */
const SECTIONS = ['live', 'shows', 'earnings'] as const;

/** One channel's studio: its pages, of which one is shown. */
export function Board({ slug, onSignedOut }: { slug: string; onSignedOut: () => void }) {
  const { t } = useTranslation('studio');
  const { overview, error, refresh } = useOverview(slug, onSignedOut);
  const shop = useShop(slug);
  const [section, go] = useSection('/studio', SECTIONS);
  const [newKey, setNewKey] = useState<NewKey | null>(null);

  useEffect(() => {
    if (overview) document.title = `${overview.channel.name} · ${t('title')}`;
  }, [overview, t]);

  if (!overview) return <p role="status">{error ? errorText(error) : t('loading')}</p>;
  return (
    <>
      {shop?.standIn ? <StandIn /> : null}
      <h1 className={classes['name']}>{overview.channel.name}</h1>
      <SectionNav
        base="/studio"
        name={t('nav.name')}
        sections={SECTIONS.map((one) => [one, t(`nav.${one}`)])}
        section={section}
        go={go}
      />
      {error ? (
        <p className={classes['banner']} role="status">
          {t('away')}
        </p>
      ) : null}
      {section === 'live' ? (
        <LivePage
          {...{ overview, refresh, newKey, setNewKey }}
          currency={shop?.currency ?? null}
          tax={shop?.tax ?? 'none'}
        />
      ) : null}
      {section === 'shows' && shop ? (
        <ShowsPage {...{ overview, refresh }} currency={shop.currency} onKey={setNewKey} onLive={() => go('live')} />
      ) : null}
      {section === 'earnings' ? <EarningsPage channel={slug} /> : null}
    </>
  );
}

type LiveProps = {
  overview: Overview;
  refresh: () => Promise<void>;
  /** Null until it is known. */
  currency: string | null;
  tax: Shop['tax'];
  newKey: NewKey | null;
  setNewKey: (key: NewKey | null) => void;
};

/** The show that runs or comes next, and everything that makes one. */
function LivePage({ overview, refresh, currency, tax, newKey, setNewKey }: LiveProps) {
  const { t } = useTranslation('studio');
  const health = useHealth(overview.show?.showId ?? null);
  const { slug } = overview.channel;
  const test = testOf(overview);
  const forget = () => setNewKey(null);
  const forgetIf = (id: string) => {
    if (newKey?.id === id) forget();
  };
  return (
    <div className={classes['board']}>
      <div className={classes['column']}>
        {test ? (
          <TestCard {...{ test, overview, health, newKey, refresh }} onEnded={forget} />
        ) : (
          <ShowCard overview={overview} currency={currency} refresh={refresh} onKey={setNewKey} />
        )}
        {overview.show ? <HealthCard health={health} /> : null}
        <RefusalsCard refusals={overview.refusals} />
        <CodesCard channel={overview.channel} watchUrl={overview.watchUrl} />
        {currency ? <SellCard channel={overview.channel} {...{ currency, tax, refresh }} /> : null}
      </div>
      <div className={classes['column']}>
        <section className={classes['card']} aria-labelledby="link-heading">
          <h2 id="link-heading" className={classes['heading']}>
            {t('link.heading')}
          </h2>
          <CopyField label={t('link.heading')} value={overview.watchUrl} />
          <p className={classes['quiet']}>
            {t('link.text')}{' '}
            <a href={overview.watchUrl} target="_blank" rel="noreferrer">
              {t('link.open')}
            </a>
          </p>
        </section>
        <KeysCard slug={slug} keys={overview.keys} refresh={refresh} onKey={setNewKey} onRevoked={forgetIf} />
        <SetupCard ingest={overview.ingest} newKey={test ? null : newKey} onForget={forget} />
        <SettingsCard channel={overview.channel} refresh={refresh} />
      </div>
    </div>
  );
}

/** The test stream that runs or waits for its encoder. */
function testOf({ show, waitingTest }: Overview): Overview['show'] {
  if (show) return show.test ? show : null;
  return waitingTest;
}
