import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Mark } from '../ui/Mark.tsx';
import { SectionNav, useSection } from '../ui/SectionNav.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './admin.module.css';
import { loadDashboard } from './api.ts';
import { Customers } from './Customers.tsx';
import { keepKey, keptKey } from './key.ts';
import { OutboxPage } from './OutboxPage.tsx';
import { Overview } from './Overview.tsx';
import { PayoutsPage } from './PayoutsPage.tsx';

const SECTIONS = ['dashboard', 'outbox', 'payouts', 'customers'] as const;

/** The operator's pages: the key first, then one page of four. */
export function Admin() {
  const { t } = useTranslation('admin');
  const [bearer, setBearer] = useState(keptKey);
  const [section, go] = useSection('/admin', SECTIONS);
  const use = useCallback((key: string | null) => {
    keepKey(key);
    setBearer(key);
  }, []);
  useEffect(() => {
    document.title = `${t(`nav.${section}`)} · ${t('title')}`;
  }, [section, t]);
  return (
    <div data-admin={bearer ? 'in' : 'out'}>
      <header className={classes['top']}>
        <Mark />
        {bearer ? (
          <Button small onClick={() => use(null)}>
            {t('leave')}
          </Button>
        ) : null}
      </header>
      <main className={classes['main']}>
        {bearer ? (
          <>
            <h1 className={classes['title']}>{t('title')}</h1>
            <SectionNav
              base="/admin"
              name={t('nav.name')}
              sections={SECTIONS.map((one) => [one, t(`nav.${one}`)])}
              section={section}
              go={go}
            />
            {section === 'dashboard' ? <Overview bearer={bearer} /> : null}
            {section === 'outbox' ? <OutboxPage bearer={bearer} /> : null}
            {section === 'payouts' ? <PayoutsPage bearer={bearer} /> : null}
            {section === 'customers' ? <Customers bearer={bearer} /> : null}
          </>
        ) : (
          <KeyForm onKey={use} />
        )}
      </main>
    </div>
  );
}

/** Asks for the key and tries it before it is kept. */
function KeyForm({ onKey }: { onKey: (key: string) => void }) {
  const { t } = useTranslation('admin');
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    // A header holds printable ASCII alone; anything else is no key of ours.
    if (!/^[!-~]+$/.test(key)) return setProblem(t(key ? 'signIn.wrong' : 'signIn.empty'));
    await run(async () => {
      try {
        await loadDashboard(key);
        onKey(key);
      } catch (error) {
        if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) throw error;
        setProblem(t('signIn.wrong'));
      }
    });
  };
  return (
    <form className={`${classes['card']} ${classes['narrow']}`} onSubmit={submit} noValidate>
      <h1 className={classes['heading']}>{t('signIn.title')}</h1>
      <Field
        label={t('signIn.key')}
        hint={t('signIn.hint')}
        problem={problem}
        name="key"
        type="password"
        autoComplete="off"
      />
      <Button look="primary" type="submit" aria-disabled={busy}>
        {t('signIn.submit')}
      </Button>
    </form>
  );
}
