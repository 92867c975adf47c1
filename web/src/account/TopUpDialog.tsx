import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { loadShop, orderTokens, type Shop } from '../api/shop.ts';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import forms from '../ui/form.module.css';
import { packFor, pricedWith, priceText, tokensText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './account-kit.module.css';
import { leaveFor } from './go.ts';
import { PackChoice } from './PackChoice.tsx';
import { priceOf } from './top-up-rules.ts';
import './texts.ts';

type Props = { missing: number; intent: string | null; onDone: (went: boolean) => void };

/** Tokens for the wallet, with the pack chosen that covers what is missing. Leaves for the checkout. */
export function TopUpDialog({ missing, intent, onDone }: Props) {
  const { t } = useTranslation('account');
  const [shop, setShop] = useState<Shop | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    loadShop().then(setShop, (error: unknown) => setProblem(errorText(error)));
  }, []);
  return (
    <Dialog title={t('topUp.title')} closeName={t('close')} onClose={() => onDone(false)}>
      {missing > 0 ? (
        <p data-missing={missing}>{t('topUp.missing', { count: missing, n: tokensText(missing) })}</p>
      ) : null}
      <Problem text={problem} />
      {shop ? <TopUpForm shop={shop} missing={missing} intent={intent} onDone={onDone} /> : null}
    </Dialog>
  );
}

function TopUpForm({ shop, missing, intent, onDone }: Props & { shop: Shop }) {
  const { t } = useTranslation('account');
  const fitting = packFor(shop.packs, missing);
  const [chosen, setChosen] = useState<number | 'own'>(fitting?.tokens ?? 'own');
  const [own, setOwn] = useState(String(Math.max(missing, shop.custom.min)));
  const { busy, problem, setProblem, run } = useTask();
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    const back = (event: PageTransitionEvent) => {
      // Brought back by the back button: nothing is on its way any more.
      if (event.persisted) onDone(false);
    };
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, [onDone]);

  const tokens = chosen === 'own' ? Number(own) : chosen;
  const priceMinor = priceOf(shop, tokens);
  const { min, max } = shop.custom;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (leaving) return;
    if (priceMinor === null) return setProblem(t('topUp.wrong', { min: tokensText(min), max: tokensText(max) }));
    await run(async () => {
      const began = await orderTokens(tokens, location.pathname);
      setLeaving(true);
      leaveFor(began);
    });
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate data-top-up="">
      <PackChoice shop={shop} chosen={chosen} own={own} onChosen={setChosen} onOwn={setOwn} />
      {tokens < missing && priceMinor !== null ? (
        <p className={classes['quiet']}>{t('topUp.less', { n: tokensText(missing - tokens) })}</p>
      ) : intent ? (
        <p className={classes['quiet']}>{intent}</p>
      ) : null}
      <Problem text={problem} />
      <Button look="primary" type="submit" aria-disabled={busy || leaving}>
        {busy || leaving || priceMinor === null
          ? t('busy')
          : t('topUp.pay', { price: pricedWith(priceText(priceMinor, shop.currency), t(`tax.${shop.tax}`)) })}
      </Button>
      <p className={classes['quiet']}>{t(shop.standIn ? 'topUp.nextStandIn' : 'topUp.next')}</p>
    </form>
  );
}
