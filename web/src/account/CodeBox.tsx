import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { groupCode } from '../ui/code-groups.ts';
import { copyText } from '../ui/copy.ts';
import { CheckIcon, CopyIcon } from '../ui/icons.tsx';
import { whenText } from '../ui/time.ts';
import classes from './checkout.module.css';

type Props = { code: string; startsAt: string | null; expiresAt: string | null };

const SAID_FOR_MS = 2500;

/** The bought code: large enough to be read aloud, one press to take it along. */
export function CodeBox({ code, startsAt, expiresAt }: Props) {
  const { t } = useTranslation('watch');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const later = startsAt !== null && Date.parse(startsAt) > Date.now();
  return (
    <>
      <p className={classes['code']} data-code={code}>
        {groupCode(code)}
      </p>
      <Button className={classes['copy']} onClick={async () => setCopied(await copyText(code))}>
        {copied ? <CheckIcon /> : <CopyIcon />}
        <span aria-live="polite">{t(copied ? 'checkout.copied' : 'checkout.copy')}</span>
      </Button>
      {expiresAt ? (
        <p className={classes['text']}>
          {later
            ? t('checkout.validFrom', { from: whenText(startsAt), until: whenText(expiresAt) })
            : t('checkout.validUntil', { until: whenText(expiresAt) })}
        </p>
      ) : null}
      <p className={classes['aside']}>{t('checkout.keep')}</p>
    </>
  );
}
