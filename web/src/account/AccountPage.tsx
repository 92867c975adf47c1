import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sendVerification } from '../api/session.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { CheckoutCard } from './CheckoutCard.tsx';
import { Header } from './Header.tsx';
import { leave, refreshMe, useMe } from './me.ts';
import classes from './page.module.css';
import { Memberships } from './parts/Memberships.tsx';
import { Notices } from './parts/Notices.tsx';
import { Settings } from './parts/Settings.tsx';
import { Tickets } from './parts/Tickets.tsx';
import { Wallet } from './parts/Wallet.tsx';
import { isPart, PARTS, type Part, partOf } from './parts.ts';
import { ResetPassword } from './ResetPassword.tsx';
import { SignForm } from './SignForm.tsx';
import { useCheckout } from './use-checkout.ts';
import { useStandIn } from './use-stand-in.ts';
import './texts.ts';

const VIEWS = { wallet: Wallet, tickets: Tickets, memberships: Memberships, notices: Notices, settings: Settings };

/** `/account`, `/account/<part>` and `/account/reset`: a fan's own pages. */
export function AccountPage({ path }: { path: string }) {
  const { t } = useTranslation('account');
  const me = useMe();
  const standIn = useStandIn();
  const reset = path === 'reset';
  useEffect(() => {
    document.title = `${t('page.title')} · Stagedoor`;
  }, [t]);
  return (
    <div className={classes['page']} data-phase={me.phase}>
      <Header standIn={standIn} />
      <main className={classes['main']}>
        <h1 className={classes['heading']}>{t(reset ? 'reset.title' : 'page.title')}</h1>
        {reset ? <ResetPassword /> : null}
        {!reset && me.phase === 'guest' ? (
          <section className={classes['card']}>
            <h2 className={classes['title']}>{t('page.signIn')}</h2>
            <SignForm onIn={() => undefined} />
          </section>
        ) : null}
        {!reset && me.phase === 'fan' ? <Inside path={path} /> : null}
      </main>
    </div>
  );
}

function Inside({ path }: { path: string }) {
  const { t } = useTranslation('account');
  const [part, setPart] = useState<Part>(partOf(path));
  const { unread } = useMe();
  const { purchase, close } = useCheckout(() => void refreshMe());
  useEffect(() => {
    const back = () => setPart(partOf(location.pathname.replace(/^\/account\/?/, '')));
    window.addEventListener('popstate', back);
    return () => window.removeEventListener('popstate', back);
  }, []);
  const go = (next: string) => {
    if (!isPart(next) || next === part) return;
    history.pushState(null, '', next === 'wallet' ? '/account' : `/account/${next}`);
    setPart(next);
  };
  const View = VIEWS[part];
  return (
    <>
      <Verification />
      {purchase ? <CheckoutCard purchase={purchase} onClose={close} /> : null}
      <nav className={classes['parts']} aria-label={t('page.nav')}>
        {PARTS.map((one) => (
          <a
            key={one}
            href={one === 'wallet' ? '/account' : `/account/${one}`}
            aria-current={one === part ? 'page' : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              go(one);
            }}
          >
            {t(`parts.${one}`)}
            {one === 'notices' && unread > 0 ? <span className={classes['count']}>{unread}</span> : null}
          </a>
        ))}
      </nav>
      <View />
      <SignOut />
    </>
  );
}

/** The address is not confirmed yet, or has just been. */
function Verification() {
  const { t } = useTranslation('account');
  const { account } = useMe();
  const [sent, setSent] = useState(false);
  const { busy, problem, run } = useTask();
  const query = new URLSearchParams(location.search);
  if (!account) return null;
  if (account.emailVerified)
    return query.has('verified') && !query.has('error') ? (
      <p className={classes['good']} role="status">
        {t('page.verified')}
      </p>
    ) : null;
  return (
    <div className={classes['note']} data-verify="">
      {query.has('error') ? <p>{t('page.verifyFailed')}</p> : null}
      <p>{sent ? t('page.verifySent') : t('page.verify', { email: account.email })}</p>
      <Problem text={problem} />
      {sent ? null : (
        <Button
          small
          aria-disabled={busy}
          onClick={async () => setSent(await run(() => sendVerification(account.email)))}
        >
          {t('page.verifyAgain')}
        </Button>
      )}
    </div>
  );
}

function SignOut() {
  const { t } = useTranslation('account');
  const { busy, problem, run } = useTask();
  return (
    <>
      <Problem text={problem} />
      <Button className={classes['out']} aria-disabled={busy} onClick={() => void run(leave)}>
        {t('page.out')}
      </Button>
    </>
  );
}
