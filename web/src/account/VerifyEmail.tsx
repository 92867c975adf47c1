import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { confirmAddress } from '../api/account.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { refreshMe } from './me.ts';
import classes from './page.module.css';
import { takeLink } from './token.ts';

/** Where the mailed link leads: one press confirms the address. What only opens links, as scanners do, confirms nothing. */
export function VerifyEmail() {
  const { t } = useTranslation('account');
  const [{ token }] = useState(takeLink);
  const [state, setState] = useState<'ask' | 'done' | 'stale'>(token ? 'ask' : 'stale');
  const { busy, problem, run } = useTask();
  const confirm = () =>
    run(async () => {
      const confirmed = await confirmAddress(token);
      setState(confirmed ? 'done' : 'stale');
      if (confirmed) await refreshMe();
    });
  return (
    <section className={classes['card']} data-verify-page={state}>
      {state === 'ask' ? (
        <>
          <p>{t('verify.text')}</p>
          <Problem text={problem} />
          <div className={classes['row']}>
            <Button look="primary" aria-disabled={busy} onClick={() => void confirm()}>
              {t(busy ? 'busy' : 'verify.submit')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p role="status" className={state === 'done' ? classes['good'] : undefined}>
            {t(`verify.${state}`)}
          </p>
          <p>
            <a href="/account">{t('verify.account')}</a>
          </p>
        </>
      )}
    </section>
  );
}
