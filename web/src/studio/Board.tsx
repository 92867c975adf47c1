import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { CodesCard } from './CodesCard.tsx';
import { CopyField } from './Copy.tsx';
import { InputCard } from './InputCard.tsx';
import { KeysCard } from './KeysCard.tsx';
import { SettingsCard } from './SettingsCard.tsx';
import { type NewKey, SetupCard } from './SetupCard.tsx';
import { ShowCard } from './ShowCard.tsx';
import classes from './studio.module.css';
import { useOverview } from './use-overview.ts';

/** One channel's studio. */
export function Board({ slug, onSignedOut }: { slug: string; onSignedOut: () => void }) {
  const { t } = useTranslation('studio');
  const { overview, error, refresh } = useOverview(slug, onSignedOut);
  const [newKey, setNewKey] = useState<NewKey | null>(null);

  const forgetIf = (id: string) => setNewKey((shown) => (shown?.id === id ? null : shown));

  useEffect(() => {
    if (overview) document.title = `${overview.channel.name} · ${t('title')}`;
  }, [overview, t]);

  if (!overview) return <p role="status">{error ? errorText(error) : t('loading')}</p>;
  return (
    <>
      <h1 className={classes['name']}>{overview.channel.name}</h1>
      {error ? (
        <p className={classes['banner']} role="status">
          {t('away')}
        </p>
      ) : null}
      <div className={classes['board']}>
        <div className={classes['column']}>
          <ShowCard overview={overview} refresh={refresh} onKey={setNewKey} />
          <InputCard overview={overview} />
          <CodesCard channel={overview.channel} watchUrl={overview.watchUrl} />
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
          <SetupCard ingest={overview.ingest} newKey={newKey} onForget={() => setNewKey(null)} />
          <SettingsCard channel={overview.channel} refresh={refresh} />
        </div>
      </div>
    </>
  );
}
