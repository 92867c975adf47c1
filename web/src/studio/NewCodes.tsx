import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import buttons from '../ui/button.module.css';
import { CopyButton } from './Copy.tsx';
import { codesCsv } from './csv.ts';
import classes from './studio.module.css';

type Props = {
  made: ReadonlyArray<{ code: string; expiresAt: string }>;
  slug: string;
  watchUrl: string;
  onClose: () => void;
};

/** The codes just made, whole, this once. */
export function NewCodes({ made, slug, watchUrl, onClose }: Props) {
  const { t } = useTranslation('studio');
  const [file, setFile] = useState('');
  useEffect(() => {
    const address = URL.createObjectURL(new Blob([codesCsv(made, watchUrl)], { type: 'text/csv' }));
    setFile(address);
    return () => URL.revokeObjectURL(address);
  }, [made, watchUrl]);
  return (
    <div className={classes['fresh']} data-new-codes="">
      <p className={classes['strong']} role="status">
        {t('codes.made', { count: made.length })}
      </p>
      <textarea
        className={`${classes['field']} ${classes['mono']}`}
        aria-label={t('codes.heading')}
        readOnly
        rows={Math.min(6, made.length)}
        value={made.map(({ code }) => code).join('\n')}
        onFocus={(event) => event.target.select()}
      />
      <p className={classes['warn']}>{t('codes.once')}</p>
      <div className={classes['actions']}>
        <CopyButton text={made.map(({ code }) => code).join('\n')}>{t('codes.copyAll')}</CopyButton>
        <a className={`${buttons['button']} ${buttons['small']}`} href={file} download={`codes-${slug}.csv`}>
          {t('codes.csv')}
        </a>
        <Button small onClick={onClose}>
          {t('close')}
        </Button>
      </div>
    </div>
  );
}
