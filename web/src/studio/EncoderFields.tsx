import { useTranslation } from 'react-i18next';
import { CopyField } from './Copy.tsx';
import type { NewKey } from './SetupCard.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Props = { ingest: Overview['ingest']; newKey: NewKey | null };

/** Server and key, to be copied into the encoder. */
export function EncoderFields({ ingest, newKey }: Props) {
  const { t } = useTranslation('studio');
  return (
    <>
      <span className={classes['fieldName']}>{t('setup.server')}</span>
      <CopyField label={t('setup.server')} value={ingest.secureServer ?? ingest.server} />
      <span className={classes['fieldName']}>{t('setup.key')}</span>
      {newKey ? (
        <>
          <CopyField label={t('setup.key')} value={newKey.key} />
          <p className={classes['quiet']}>
            {t('keys.once')} {newKey.note}
          </p>
        </>
      ) : (
        <p className={classes['quiet']}>{t('test.anyKey')}</p>
      )}
      <a href="#setup-heading">{t('test.how')}</a>
    </>
  );
}
