import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { amountText } from './amounts.ts';
import type { Refunded, Sale } from './api.ts';
import own from './earnings.module.css';
import { RefundDialog } from './RefundDialog.tsx';

type Props = { sales: readonly Sale[]; busy: boolean; more: (() => void) | null; reload: () => void };

/** The newest sales, each with its split, and what went back. */
export function Sales({ sales, busy, more, reload }: Props) {
  const { t } = useTranslation('studio');
  const [asking, setAsking] = useState<Sale | null>(null);
  const [done, setDone] = useState('');
  const settled = (sale: Sale, { state, amount }: Refunded) => {
    const words = state === 'done' ? 'earnings.refund.done' : 'earnings.refund.pending';
    setDone(t(words, { amount: amountText(t, amount, sale.currency) }));
    reload();
  };
  return (
    <section className={classes['card']} aria-labelledby="sales-heading">
      <h2 id="sales-heading" className={classes['heading']}>
        {t('earnings.sale.heading')}
      </h2>
      <p className={classes['good']} role="status">
        {done}
      </p>
      {sales.length === 0 ? <p className={classes['quiet']}>{t('earnings.sale.none')}</p> : null}
      <ul className={classes['rows']}>
        {sales.map((sale) => (
          <SaleRow key={sale.transferId} sale={sale} ask={() => setAsking(sale)} />
        ))}
      </ul>
      {more ? (
        <div className={classes['actions']}>
          <Button small aria-disabled={busy} onClick={more}>
            {t('earnings.more')}
          </Button>
        </div>
      ) : null}
      {asking ? (
        <RefundDialog
          sale={asking}
          onClose={() => setAsking(null)}
          onDone={(reply) => {
            setAsking(null);
            settled(asking, reply);
          }}
        />
      ) : null}
    </section>
  );
}

function SaleRow({ sale, ask }: { sale: Sale; ask: () => void }) {
  const { t } = useTranslation('studio');
  const { currency, kind, bps, gross, tax, platform, refunded } = sale;
  const amount = (value: number) => amountText(t, value, currency);
  const what = t(`earnings.item.${sale.source}`);
  const buyer = sale.buyer ?? t('earnings.sale.unknown');
  const shares = {
    gross: amount(Math.abs(gross)),
    own: amount(Math.abs(sale.own)),
    platform: amount(Math.abs(platform)),
  };
  const back = kind === 'refund' || kind === 'dispute';
  const split = back
    ? t('earnings.sale.back', shares)
    : bps === null
      ? t('earnings.sale.split', shares)
      : t('earnings.sale.splitBps', { ...shares, percent: bps / 100 });
  return (
    <li className={own['sale']} data-sale={kind}>
      <div className={classes['row']}>
        <span className={classes['strong']}>
          {kind === 'sale' ? what : `${t(`earnings.sale.kind.${kind}`)}: ${what}`}
          {sale.show?.title ? ` · ${sale.show.title}` : ''}
        </span>
        <span className={classes['quiet']}>
          {buyer}, {dayTime(sale.at)}
        </span>
        <span className={classes['quiet']}>
          {split}
          {tax === 0 ? '' : `, ${t('earnings.sale.tax', { tax: amount(Math.abs(tax)) })}`}
        </span>
        {refunded > 0 ? (
          <span className={classes['warn']}>{t('earnings.sale.given', { refunded: amount(refunded) })}</span>
        ) : null}
      </div>
      <div className={own['side']}>
        <span className={own['amount']} data-below={sale.own < 0 ? 'yes' : 'no'}>
          {sale.own < 0 ? `−${amount(-sale.own)}` : amount(sale.own)}
        </span>
        {kind === 'sale' && refunded < gross ? (
          <Button small aria-label={t('earnings.sale.refundOf', { what, buyer, gross: amount(gross) })} onClick={ask}>
            {t('earnings.sale.refund')}
          </Button>
        ) : null}
      </div>
    </li>
  );
}
