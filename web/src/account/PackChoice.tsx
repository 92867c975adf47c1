import { useTranslation } from 'react-i18next';
import type { Shop } from '../api/shop.ts';
import { Field } from '../ui/Field.tsx';
import forms from '../ui/form.module.css';
import { pricedWith, priceText, tokensText } from '../ui/money.ts';
import classes from './account-kit.module.css';
import { priceOf, savingOf } from './top-up-rules.ts';

type Props = {
  shop: Shop;
  chosen: number | 'own';
  own: string;
  onChosen: (chosen: number | 'own') => void;
  onOwn: (own: string) => void;
};

/** The packs, and a number of one's own. */
export function PackChoice({ shop, chosen, own, onChosen, onOwn }: Props) {
  const { t } = useTranslation('account');
  const ownPrice = priceOf(shop, Number(own));
  const priceOfPack = (minor: number) => pricedWith(priceText(minor, shop.currency), t(`tax.${shop.tax}`));
  return (
    <>
      <fieldset className={forms['choices']}>
        <legend className={forms['name']}>{t('topUp.choose')}</legend>
        {shop.packs.map((pack) => (
          <label key={pack.tokens} className={forms['choice']}>
            <input
              type="radio"
              name="pack"
              checked={chosen === pack.tokens}
              onChange={() => onChosen(pack.tokens)}
              data-pack={pack.tokens}
            />
            <span className={classes['pack']}>
              <strong>{t('topUp.tokens', { count: pack.tokens, n: tokensText(pack.tokens) })}</strong>
              {savingOf(shop, pack) > 0 ? (
                <span className={classes['best']}>{t('topUp.saves', { percent: savingOf(shop, pack) })}</span>
              ) : null}
            </span>
            <span className={classes['price']}>{priceOfPack(pack.priceMinor)}</span>
          </label>
        ))}
        <label className={forms['choice']}>
          <input type="radio" name="pack" checked={chosen === 'own'} onChange={() => onChosen('own')} />
          <span>{t('topUp.own')}</span>
        </label>
      </fieldset>
      {chosen === 'own' ? (
        <div className={classes['customRow']}>
          <Field
            label={t('topUp.ownLabel')}
            inputMode="numeric"
            autoComplete="off"
            maxLength={7}
            value={own}
            onChange={(event) => onOwn(event.target.value.replace(/\D/g, ''))}
          />
          <p className={classes['sum']} aria-live="polite">
            {ownPrice === null ? '' : t('topUp.ownPrice', { price: priceOfPack(ownPrice) })}
          </p>
        </div>
      ) : null}
    </>
  );
}
