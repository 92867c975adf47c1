import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import buttons from '../ui/button.module.css';
import { WalletIcon } from '../ui/icons.tsx';
import { Mark } from '../ui/Mark.tsx';
import { tokensText } from '../ui/money.ts';
import { Asks } from './Asks.tsx';
import { askSignIn } from './ask.ts';
import classes from './header.module.css';
import { refreshMe, useMe } from './me.ts';
import { useNoticeSocket } from './use-notices.ts';

type Props = { standIn: boolean; children?: React.ReactNode };

/** The top of every page: the mark, the wallet or the way in, and whether money moves here. */
export function Header({ standIn, children }: Props) {
  const { t } = useTranslation('watch');
  const me = useMe();
  useEffect(() => void refreshMe(), []);
  useNoticeSocket(me.phase === 'fan');
  return (
    <>
      <header>
        <div className={classes['top']}>
          <Mark />
          <nav className={classes['nav']} data-tight={children ? 'yes' : 'no'} aria-label={t('head.nav')}>
            {children}
            {me.phase === 'guest' ? (
              <Button small look="quiet" onClick={() => void askSignIn('wallet')}>
                {t('head.signIn')}
              </Button>
            ) : null}
            {me.phase === 'fan' ? (
              <a className={`${buttons['button']} ${buttons['small']} ${classes['wallet']}`} href="/account">
                <WalletIcon />
                <span data-balance={me.balance ?? ''}>
                  {me.balance === null ? t('head.account') : tokensText(me.balance)}
                  {me.balance === null ? null : (
                    <span className={classes['word']}> {t('head.tokens', { count: me.balance })}</span>
                  )}
                </span>
                {me.unread > 0 ? (
                  <span className={classes['unread']} data-unread={me.unread}>
                    <span aria-hidden="true">{me.unread > 99 ? '99+' : me.unread}</span>
                    <span className={classes['unseen']}>{t('head.unread', { count: me.unread })}</span>
                  </span>
                ) : null}
              </a>
            ) : null}
          </nav>
        </div>
        {standIn ? (
          <p className={classes['standIn']} data-stand-in="">
            {t('head.standIn')}
          </p>
        ) : null}
      </header>
      <Asks />
    </>
  );
}
