import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmailField } from '../../account/EmailField.tsx';
import { leaveFor } from '../../account/go.ts';
import { useMe } from '../../account/me.ts';
import { orderCode, type Shop } from '../../api/shop.ts';
import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { internationalNumber, isEmail } from '../../ui/email.ts';
import { Field } from '../../ui/Field.tsx';
import forms from '../../ui/form.module.css';
import { LanguageField } from '../../ui/LanguageField.tsx';
import { browserLanguage } from '../../ui/languages.ts';
import { pricedWith, priceText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import { startsOf } from './rules.ts';
import { StartChoice } from './StartChoice.tsx';
import classes from './ways.module.css';

type Props = { slug: string; shop: Shop; onNow: boolean; onClose: () => void };

/** True from the moment the page leaves for the checkout, until it is back. */
function useLeaving() {
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    // The back button may bring this very page back, as it was when it left for the checkout.
    const back = () => setLeaving(false);
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, []);
  return [leaving, setLeaving] as const;
}

/** Buying a code without an account: where it goes, when it begins, and the law's two boxes. */
export function BuyCode({ slug, shop, onNow, onClose }: Props) {
  const { t } = useTranslation('watch');
  const me = useMe();
  const [email, setEmail] = useState(me.account?.email ?? '');
  const [whatsapp, setWhatsapp] = useState('');
  const [language, setLanguage] = useState(me.account?.language ?? browserLanguage);
  const starts = startsOf(shop.code, Date.now(), onNow);
  const [startsAt, setStartsAt] = useState(starts[0]?.startsAt ?? null);
  const [consent, setConsent] = useState(false);
  const [age, setAge] = useState(shop.ageGate === null);
  const { busy, problem, setProblem, run } = useTask();
  const [leaving, setLeaving] = useLeaving();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus({ preventScroll: true }), []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (leaving) return;
    if (!isEmail(email)) return setProblem(t('buy.email'));
    const number = internationalNumber(whatsapp);
    if (whatsapp.trim() && !number) return setProblem(t('buy.whatsappWrong'));
    if (!age) return setProblem(t('buy.ageMissing', { age: shop.ageGate ?? 0 }));
    if (!consent) return setProblem(t('buy.consentMissing'));
    await run(async () => {
      const order = {
        channel: slug,
        email: email.trim(),
        language,
        consent: true as const,
        ...(number ? { whatsapp: number } : {}),
        ...(startsAt ? { startsAt } : {}),
      };
      const began = await orderCode(order);
      setLeaving(true);
      leaveFor(began);
    });
  };
  const price = pricedWith(priceText(shop.code.priceMinor ?? 0, shop.currency), t(`tax.${shop.tax}`));
  return (
    <form ref={form} className={`${forms['form']} ${classes['buy']}`} onSubmit={submit} noValidate data-buy="">
      <h3 className={classes['buyTitle']}>{t('buy.title', { hours: shop.code.hours })}</h3>
      <StartChoice starts={starts} value={startsAt} onValue={setStartsAt} code={shop.code} />
      <EmailField value={email} onValue={setEmail} hint={t('buy.emailHint')} />
      <Field
        label={t('buy.whatsapp')}
        aside={t('buy.optional')}
        name="whatsapp"
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        placeholder="+40 712 345 678"
        value={whatsapp}
        onChange={(event) => setWhatsapp(event.target.value)}
      />
      <LanguageField label={t('buy.language')} value={language} onValue={setLanguage} />
      <Consents shop={shop} age={age} onAge={setAge} consent={consent} onConsent={setConsent} />
      <Problem text={problem} />
      <Button look="primary" type="submit" className={classes['pay']} aria-disabled={busy || leaving}>
        {busy || leaving ? t('buy.busy') : t('buy.pay', { price })}
      </Button>
      <p className={classes['quiet']}>{t(shop.standIn ? 'buy.nextStandIn' : 'buy.next')}</p>
      <Button look="quiet" small onClick={onClose}>
        {t('buy.close')}
      </Button>
    </form>
  );
}

type ConsentsProps = {
  shop: Shop;
  age: boolean;
  onAge: (age: boolean) => void;
  consent: boolean;
  onConsent: (consent: boolean) => void;
};

/** What the law asks of a buyer: to be old enough, and to know that the service begins at once. */
function Consents({ shop, age, onAge, consent, onConsent }: ConsentsProps) {
  const { t } = useTranslation('watch');
  return (
    <>
      {shop.ageGate === null ? null : (
        <Check checked={age} onChecked={onAge}>
          {t('buy.age', { age: shop.ageGate })}
        </Check>
      )}
      <Check checked={consent} onChecked={onConsent}>
        {t('buy.consent')}{' '}
        {shop.terms ? (
          <a href={shop.terms} target="_blank" rel="noopener noreferrer">
            {t('buy.terms')}
          </a>
        ) : null}
      </Check>
    </>
  );
}
