import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { CopyField } from './Copy.tsx';
import { QrCode } from './QrCode.tsx';
import setup from './setup.module.css';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

/** A key that was just made; it lives in this page's memory alone. */
export type NewKey = { id: string | null; key: string; label: string; note: string | null };
type Props = { ingest: Overview['ingest']; newKey: NewKey | null; onForget: () => void };

/** The steps for the encoder, with the new key beside them while there is one. */
export function SetupCard({ ingest, newKey, onForget }: Props) {
  const { t } = useTranslation('studio');
  const fresh = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (newKey) fresh.current?.focus();
  }, [newKey]);
  return (
    <section className={classes['card']} aria-labelledby="setup-heading">
      <h2 id="setup-heading" className={classes['heading']}>
        {t('setup.heading')}
      </h2>
      <span className={classes['fieldName']}>{t('setup.server')}</span>
      <CopyField label={t('setup.server')} value={ingest.server} />
      {ingest.secureServer ? (
        <>
          <span className={classes['fieldName']}>{t('setup.secure')}</span>
          <CopyField label={t('setup.secure')} value={ingest.secureServer} />
        </>
      ) : null}
      <span className={classes['fieldName']}>{t('setup.key')}</span>
      {newKey ? (
        <div ref={fresh} className={classes['fresh']} tabIndex={-1} data-new-key="">
          <p className={classes['strong']}>
            {t('keys.newTitle')}: {newKey.label}
          </p>
          <CopyField label={t('setup.key')} value={newKey.key} />
          <p className={classes['warn']}>
            {t('keys.once')} {newKey.note}
          </p>
          <Button small onClick={onForget}>
            {t('close')}
          </Button>
        </div>
      ) : (
        <p className={classes['quiet']}>{t('setup.keyElsewhere')}</p>
      )}
      <details className={setup['steps']} open>
        <summary>{t('setup.obs')}</summary>
        <ol>
          <li>{t('setup.obs1')}</li>
          <li>{t('setup.obs2')}</li>
          <li>{t('setup.obs3')}</li>
          <li>{t('setup.obs4')}</li>
          <li>{t('setup.obs5')}</li>
          <li>{t('setup.obs6')}</li>
          <li>{t('setup.obs7')}</li>
          <li>{t('setup.obs8')}</li>
        </ol>
      </details>
      <details className={setup['steps']}>
        <summary>{t('setup.mobile')}</summary>
        <ol>
          <li>{t('setup.mobile1')}</li>
          <li>{t('setup.mobile2')}</li>
          <li>{t('setup.mobile3')}</li>
          <li>{t('setup.mobile4')}</li>
          <li>{t('setup.mobile5')}</li>
        </ol>
        <p className={classes['quiet']}>{t('setup.mobileNote')}</p>
        <div className={setup['codes']}>
          <figure>
            <QrCode text={ingest.server} name={t('setup.qrServer')} />
            <figcaption>{t('setup.server')}</figcaption>
          </figure>
          {newKey ? (
            <figure>
              <QrCode text={newKey.key} name={t('setup.qrKey')} />
              <figcaption>{t('setup.key')}</figcaption>
            </figure>
          ) : null}
        </div>
      </details>
    </section>
  );
}
