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
import { Unsubscribe } from './Unsubscribe.tsx';
import { useCheckout } from './use-checkout.ts';
import { useStandIn } from './use-stand-in.ts';
import { VerifyEmail } from './VerifyEmail.tsx';
import './texts.ts';

const VIEWS = { wallet: Wallet, tickets: Tickets, memberships: Memberships, notices: Notices, settings: Settings };

/** Pages that mails lead to: for who holds the link, signed in or not. */
const LINKED = { reset: ResetPassword, verify: VerifyEmail, unsubscribe: Unsubscribe };
const isLinked = (path: string): path is keyof typeof LINKED => Object.hasOwn(LINKED, path);

/** `/account`, `/account/<part>` and the pages that mails lead to: a fan's own pages. */
export function AccountPage({ path }: { path: string }) {
  const { t } = useTranslation('account');
  const me = useMe();
  const standIn = useStandIn();
  const linked = isLinked(path) ? path : null;
  const Linked = linked && LINKED[linked];
  useEffect(() => {
    document.title = `${t('page.title')} · Stagedoor`;
  }, [t]);
  useEffect(() => {
    if (!linked) return;
    // Another link, opened in the same tab: only what stands behind `#` differs, which loads nothing by itself.
    const another = () => location.reload();
    window.addEventListener('hashchange', another);
    return () => window.removeEventListener('hashchange', another);
  }, [linked]);
  return (
    <div className={classes['page']} data-phase={me.phase}>
      <Header standIn={standIn} />
      <main className={classes['main']}>
        {linked === 'unsubscribe' ? null : (
          <h1 className={classes['heading']}>{t(linked ? `${linked}.title` : 'page.title')}</h1>
        )}
        {Linked ? <Linked /> : null}
        {!Linked && me.phase === 'guest' ? (
          <section className={classes['card']}>
            <h2 className={classes['title']}>{t('page.signIn')}</h2>
            <SignForm onIn={() => undefined} />
          </section>
        ) : null}
        {!Linked && me.phase === 'fan' ? <Inside path={path} /> : null}
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

/** The address is not confirmed yet. */
function Verification() {
  const { t } = useTranslation('account');
  const { account } = useMe();
  const [sent, setSent] = useState(false);
  const { busy, problem, run } = useTask();
  if (!account || account.emailVerified) return null;
  return (
    <div className={classes['note']} data-verify="">
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
