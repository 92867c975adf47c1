import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { copyText } from '../ui/copy.ts';
import { CheckIcon, CopyIcon } from '../ui/icons.tsx';
import classes from './studio.module.css';

const SAID_FOR_MS = 2000;

/** Copies a text and says so. */
export function CopyButton({ text, children }: { text: string; children?: string }) {
  const { t } = useTranslation('studio');
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <Button small className={classes['copy']} onClick={async () => setDone(await copyText(text))}>
      {done ? <CheckIcon /> : <CopyIcon />}
      <span aria-live="polite">{done ? t('copied') : (children ?? t('copy'))}</span>
    </Button>
  );
}

/** A text to take along: selects itself, with a button to copy. */
export function CopyField({ label, value }: { label: string; value: string }) {
  return (
    <div className={classes['copyField']}>
      <input
        className={`${classes['field']} ${classes['mono']}`}
        aria-label={label}
        value={value}
        readOnly
        onFocus={(event) => event.target.select()}
      />
      <CopyButton text={value} />
    </div>
  );
}
