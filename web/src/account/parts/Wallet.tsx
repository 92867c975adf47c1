import { useTranslation } from 'react-i18next';
import { loadHistory, type WalletLine } from '../../api/wallet.ts';
import { Button } from '../../ui/Button.tsx';
import { tokensText } from '../../ui/money.ts';
import { whenText } from '../../ui/time.ts';
import { askTopUp } from '../ask.ts';
import { useMe } from '../me.ts';
import classes from '../page.module.css';
import { usePages } from '../use-pages.ts';
import { ListEnd, Section } from './Section.tsx';
import { SpendingCards } from './SpendingCards.tsx';

/** Balance, what moved, what was spent, and the limit. */
export function Wallet() {
  const { t } = useTranslation('account');
  const { balance } = useMe();
  return (
    <>
      <Section title={t('wallet.title')}>
        <div className={classes['balanceRow']}>
          <p className={classes['balance']}>
            <strong>{balance === null ? '…' : tokensText(balance)}</strong>{' '}
            {t('wallet.balance', { count: balance ?? 0 })}
          </p>
          <Button look="primary" onClick={() => void askTopUp(0, null)}>
            {t('wallet.topUp')}
          </Button>
        </div>
      </Section>
      <SpendingCards />
      <History balance={balance} />
    </>
  );
}

function History({ balance }: { balance: number | null }) {
  const { t } = useTranslation('account');
  // Another balance means that something moved: the list is another one.
  return (
    <Section title={t('wallet.history')}>
      <Lines key={balance} />
    </Section>
  );
}

function Lines() {
  const { t } = useTranslation('account');
  const list = usePages<WalletLine, string>(async (before) => {
    const page = await loadHistory(before);
    return { items: page.lines, next: page.next };
  });
  return (
    <>
      <ul className={classes['list']}>
        {list.items?.map((line) => (
          <Line key={line.transferId} line={line} />
        ))}
      </ul>
      <ListEnd list={list} none={t('wallet.none')} />
    </>
  );
}

function Line({ line }: { line: WalletLine }) {
  const { t } = useTranslation('account');
  const what = line.of ? t('wallet.of', { what: t(`wallet.kind.${line.of}`) }) : t(`wallet.kind.${line.kind}`);
  const when = whenText(line.at);
  const about = [line.channel?.name, line.show?.title].filter(Boolean).join(' · ');
  return (
    <li className={classes['line']} data-line={line.transferId}>
      <div className={classes['what']}>
        <p className={classes['strong']}>{what}</p>
        <p className={classes['quiet']}>
          {about ? `${about} · ` : ''}
          {when}
        </p>
      </div>
      <p className={classes['amount']} data-in={line.amountTokens > 0 ? 'yes' : 'no'}>
        {line.amountTokens > 0 ? '+' : '−'}
        {tokensText(Math.abs(line.amountTokens))}
      </p>
      <a
        className={classes['receipt']}
        href={`/api/receipts/${line.transferId}`}
        download={`receipt-${line.transferId}.json`}
        aria-label={t('wallet.receiptOf', { what, when })}
      >
        {t('wallet.receipt')}
      </a>
    </li>
  );
}
