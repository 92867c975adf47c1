import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type CheckoutView, invoiceAddress } from '../api/shop.ts';
import { Button } from '../ui/Button.tsx';
import buttons from '../ui/button.module.css';
import { priceText, tokensText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { CodeBox } from './CodeBox.tsx';
import classes from './checkout.module.css';
import { isSettled, phaseOf } from './checkout-rules.ts';
import type { Purchase } from './follow-checkout.ts';

type Props = { purchase: Purchase; onClose: () => void };

/** Where a purchase stands and what to do next. Comes from the checkout, or is found unfinished on this device. */
export function CheckoutCard({ purchase, onClose }: Props) {
  const { t } = useTranslation('watch');
  const phase = phaseOf(purchase);
  const { view } = purchase;
  const card = useRef<HTMLElement>(null);
  const settled = isSettled(phase);
  useEffect(() => {
    // What was paid for is what the visitor looks for, wherever the page was scrolled to.
    if (settled) card.current?.scrollIntoView({ block: 'nearest' });
  }, [settled]);

  const words = {
    price: view ? priceText(view.amountMinor, view.currency) : '',
    tokens: tokensText(view?.tokens ?? 0),
    balance: tokensText(view?.balanceTokens ?? 0),
  };
  return (
    <section ref={card} className={classes['card']} data-checkout={phase} aria-labelledby="checkout-title">
      <div className={classes['words']} role="status">
        {settled ? null : <span className={classes['spinner']} />}
        <h2 id="checkout-title" className={classes['title']}>
          {t(`checkout.${phase}.title`, words)}
        </h2>
        <p className={classes['text']}>{t(`checkout.${phase}.text`, words)}</p>
        {purchase.slow && phase === 'confirming' ? <p className={classes['text']}>{t('checkout.slow')}</p> : null}
      </div>
      {phase === 'code' && view?.code ? (
        <CodeBox code={view.code} startsAt={view.codeStartsAt} expiresAt={view.codeExpiresAt} />
      ) : null}
      {view?.standIn && (phase === 'code' || phase === 'tokens' || phase === 'membership') ? (
        <p className={classes['aside']}>{t('checkout.standIn')}</p>
      ) : null}
      {view ? <Tax view={view} /> : null}
      {view?.transferId ? (
        <a
          className={classes['aside']}
          href={receiptAddress(view.transferId, purchase.at)}
          download={`receipt-${view.transferId}.json`}
        >
          {t('checkout.receipt')}
        </a>
      ) : null}
      {view?.invoice ? <InvoiceLink view={view} at={purchase.at} /> : null}
      {settled || purchase.slow ? <Actions purchase={purchase} onClose={onClose} /> : null}
    </section>
  );
}

/** What of the payment was tax. */
function Tax({ view: { amountMinor, taxMinor, currency } }: { view: CheckoutView }) {
  const { t } = useTranslation('watch');
  if (taxMinor === 0) return null;
  const words = { price: priceText(amountMinor, currency), tax: priceText(taxMinor, currency) };
  return <p className={classes['aside']}>{t('checkout.taxed', words)}</p>;
}

/** Leads to Stripe's page of the invoice, whose address is asked for when it is wanted: it does not hold for ever. */
function InvoiceLink({ view: { transferId }, at }: { view: CheckoutView; at: Purchase['at'] }) {
  const { t } = useTranslation('watch');
  const { busy, problem, run } = useTask();
  if (transferId === null) return null;
  return (
    <>
      <Button
        look="quiet"
        small
        aria-disabled={busy}
        onClick={() => void run(async () => location.assign(await invoiceAddress(transferId, at)))}
      >
        {t('checkout.invoice')}
      </Button>
      <Problem text={problem} />
    </>
  );
}

/** Who bought without an account shows the claim for it. */
const receiptAddress = (transferId: string, { id, claim }: Purchase['at']) =>
  `/api/receipts/${transferId}${claim ? `?${new URLSearchParams({ checkout: id, claim })}` : ''}`;

function Actions({ purchase, onClose }: Props) {
  const { t } = useTranslation('watch');
  const phase = phaseOf(purchase);
  const payUrl = purchase.view?.state === 'open' ? purchase.view.checkoutUrl : null;
  return (
    <div className={classes['actions']}>
      {payUrl ? (
        <a
          className={`${buttons['button']} ${phase === 'open' ? buttons['primary'] : ''}`}
          href={payUrl}
          data-pay-on=""
        >
          {t('checkout.payOn')}
        </a>
      ) : null}
      {isSettled(phase) ? (
        <Button look={phase === 'failed' || phase === 'expired' ? 'primary' : 'plain'} onClick={onClose}>
          {t(`checkout.${phase}.close`)}
        </Button>
      ) : null}
    </div>
  );
}
