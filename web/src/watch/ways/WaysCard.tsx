import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../account/me.ts';
import type { Shop } from '../../api/shop.ts';
import { Button } from '../../ui/Button.tsx';
import { CheckIcon, KeyIcon, StarIcon, TicketIcon } from '../../ui/icons.tsx';
import { customPrice, priceText, tokensText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { whenText } from '../../ui/time.ts';
import { useTask } from '../../ui/use-task.ts';
import type { Current } from '../rules.ts';
import { join } from './join.ts';
import { offersOf, type PaidWay } from './rules.ts';
import { ticketFor } from './ticket.ts';
import classes from './ways.module.css';

const loadForm = () => import('./BuyCode.tsx').then((file) => ({ default: file.BuyCode }));
const BuyCode = lazy(loadForm);

const ICONS = { ticket: TicketIcon, code: KeyIcon, membership: StarIcon } as const;

type Props = { slug: string; current: Current; shop: Shop; onChanged: () => void };

/** The ways in: what each costs, what it is good for, and what the visitor already has. */
export function WaysCard({ slug, current, shop, onChanged }: Props) {
  const { t } = useTranslation('watch');
  const [buying, setBuying] = useState(false);
  const { busy, problem, run } = useTask();
  const offers = offersOf(current);
  // While a code is being bought, the other ways are out of the way.
  const shown = buying ? offers.filter((offer) => offer.way === 'code') : offers;
  const sellsCode = offers.some((offer) => offer.way === 'code');
  useEffect(() => {
    // Fetched ahead, so that pressing "buy" opens it at once.
    if (sellsCode) void loadForm();
  }, [sellsCode]);
  if (offers.length === 0) return null;

  const take = {
    ticket: async (offer: PaidWay) => {
      if (current.showId && offer.priceTokens !== null)
        await ticketFor({ channel: slug, showId: current.showId, price: offer.priceTokens });
      onChanged();
    },
    code: async () => setBuying(true),
    membership: () => join(slug),
  };
  return (
    <section className={classes['card']} aria-labelledby="ways-title" data-ways="">
      <h2 id="ways-title" className={classes['title']}>
        {t(current.state === 'live' ? 'ways.titleLive' : 'ways.title')}
      </h2>
      <ul className={classes['list']}>
        {shown.map((offer) => (
          <Offer key={offer.way} offer={offer} shop={shop} current={current}>
            {offer.way === 'code' && buying ? null : (
              <Button
                look={offer === offers[0] ? 'primary' : 'plain'}
                className={classes['take']}
                aria-disabled={busy}
                onClick={() => void run(() => take[offer.way](offer))}
              >
                {t(`ways.${offer.way}.take`)}
              </Button>
            )}
          </Offer>
        ))}
      </ul>
      <Problem text={problem} />
      {buying ? (
        <Suspense fallback={<p className={classes['quiet']}>{t('cover.loading.title')}</p>}>
          <BuyCode slug={slug} shop={shop} onNow={current.state === 'live'} onClose={() => setBuying(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}

type OfferProps = { offer: PaidWay; shop: Shop; current: Current; children: ReactNode };

function Offer({ offer, shop, current, children }: OfferProps) {
  const { t } = useTranslation('watch');
  const Icon = ICONS[offer.way];
  const soldOut = offer.way === 'code' && shop.code.soldOut;
  return (
    <li className={classes['way']} data-way={offer.way}>
      <span className={classes['icon']}>
        <Icon />
      </span>
      <p className={classes['name']}>{t(`ways.${offer.way}.name`)}</p>
      <p className={classes['price']}>{offer.has ? '' : <Price offer={offer} shop={shop} />}</p>
      <p className={classes['for']}>
        {t(`ways.${offer.way}.for`, { hours: shop.code.hours, name: current.channel.name })}
        {offer.way === 'ticket' ? <Purse price={offer.priceTokens ?? 0} /> : null}
      </p>
      {offer.has ? (
        <p className={classes['has']}>
          <CheckIcon />
          {t('ways.has')}
        </p>
      ) : soldOut ? (
        <p className={classes['quiet']}>{t('ways.soldOut')}</p>
      ) : (
        <>
          <StartWarning offer={offer} shop={shop} />
          {children}
        </>
      )}
    </li>
  );
}

function Price({ offer, shop }: { offer: PaidWay; shop: Shop }) {
  const { t } = useTranslation('watch');
  if (offer.way === 'ticket' && offer.priceTokens !== null) {
    const about = priceText(customPrice(offer.priceTokens, shop.custom.minorPer100), shop.currency);
    return (
      <>
        {t('ways.ticket.price', { count: offer.priceTokens, n: tokensText(offer.priceTokens) })}
        <small>{t('ways.ticket.about', { price: about })}</small>
      </>
    );
  }
  if (offer.priceMinor === null) return null;
  const price = priceText(offer.priceMinor, shop.currency);
  const more = [offer.way === 'membership' ? t('ways.membership.every') : '', t(`tax.${shop.tax}`)].filter(Boolean);
  return (
    <>
      {price}
      {more.length > 0 ? <small>{more.join(', ')}</small> : null}
    </>
  );
}

/** What of a ticket's price is in the wallet already. */
function Purse({ price }: { price: number }) {
  const { t } = useTranslation('watch');
  const { phase, balance } = useMe();
  if (phase !== 'fan' || balance === null) return null;
  const words = { n: tokensText(balance), missing: tokensText(Math.max(0, price - balance)) };
  return <> {t(balance >= price ? 'ways.ticket.enough' : 'ways.ticket.short', words)}</>;
}

/** Said before the purchase: a code bought now would not last for the show that is planned. */
function StartWarning({ offer, shop }: { offer: PaidWay; shop: Shop }) {
  const { t } = useTranslation('watch');
  const { warning, showStartsAt } = shop.code;
  if (offer.way !== 'code' || !warning || !showStartsAt) return null;
  return <p className={classes['warn']}>{t(`ways.code.${warning}`, { when: whenText(showStartsAt) })}</p>;
}
