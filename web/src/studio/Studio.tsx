import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { signOut } from '../api/session.ts';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Bell } from './Bell.tsx';
import { Board } from './Board.tsx';
import { SignIn } from './SignIn.tsx';
import { type Me, whoAmI } from './session.ts';
import classes from './studio.module.css';

type Session = { state: 'loading' } | { state: 'out' } | { state: 'in'; me: Me } | { state: 'failed'; error: unknown };

const AGAIN_MS = 3000;

/** The creator's pages: sign-in first, then the channel. */
export function Studio() {
  const { t } = useTranslation('studio');
  const [session, setSession] = useState<Session>({ state: 'loading' });
  const [slug, setSlug] = useState<string | null>(null);

  const load = useCallback(async () => {
    try {
      const me = await whoAmI();
      setSession(me ? { state: 'in', me } : { state: 'out' });
    } catch (error) {
      setSession({ state: 'failed', error });
    }
  }, []);
  useEffect(() => void load(), [load]);
  useEffect(() => {
    if (session.state !== 'failed' || !(session.error instanceof ApiError) || !session.error.away) return;
    const timer = setTimeout(load, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [session, load]);

  const leave = async () => {
    await signOut().catch(() => undefined);
    await load();
  };
  const chosen = session.state === 'in' ? (slug ?? session.me.channels[0]?.slug ?? null) : null;
  return (
    <div className={classes['page']} data-session={session.state}>
      <header className={classes['top']}>
        <Mark />
        {session.state === 'in' ? (
          <div className={classes['who']}>
            {session.me.channels.length > 1 ? (
              <select
                className={classes['field']}
                aria-label={t('channel')}
                value={chosen ?? ''}
                onChange={(event) => setSlug(event.target.value)}
              >
                {session.me.channels.map((channel) => (
                  <option key={channel.slug} value={channel.slug}>
                    {channel.name}
                  </option>
                ))}
              </select>
            ) : null}
            <Bell />
            <Button small onClick={leave}>
              {t('signOut')}
            </Button>
          </div>
        ) : null}
      </header>
      <main className={classes['main']}>
        {session.state === 'loading' ? <p role="status">{t('loading')}</p> : null}
        {session.state === 'failed' ? (
          <div className={classes['narrow']} role="alert">
            <h1>{t('failed')}</h1>
            <p>{errorText(session.error)}</p>
            <Button look="primary" onClick={load}>
              {t('tryAgain')}
            </Button>
          </div>
        ) : null}
        {session.state === 'out' ? <SignIn onDone={load} /> : null}
        {session.state === 'in' && !chosen ? <p className={classes['narrow']}>{t('noChannel')}</p> : null}
        {chosen ? <Board key={chosen} slug={chosen} onSignedOut={load} /> : null}
      </main>
    </div>
  );
}
