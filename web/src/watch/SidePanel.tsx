import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckoutCard } from '../account/CheckoutCard.tsx';
import { isSettled, phaseOf } from '../account/checkout-rules.ts';
import type { Shop } from '../api/shop.ts';
import { EyeIcon } from '../ui/icons.tsx';
import { AccessCard } from './AccessCard.tsx';
import { CodeEntry } from './CodeEntry.tsx';
import classes from './channel.module.css';
import { MemberOffer } from './MemberOffer.tsx';
import type { Current } from './rules.ts';
import { StateBadge } from './StateBadge.tsx';
import { TipCard } from './tips/TipCard.tsx';
import type { Channel } from './use-channel.ts';
import type { After, usePurchase } from './use-purchase.ts';
import { takesCodes } from './ways/rules.ts';
import { WaysCard } from './ways/WaysCard.tsx';

type Props = {
  slug: string;
  channel: Channel;
  shop: Shop | null;
  purchase: ReturnType<typeof usePurchase>;
  firstCode: string | null;
};

const ON = new Set<Current['state']>(['live', 'paused', 'reconnecting']);

/** Beside the picture, on a phone below it: what was bought, who it is, the ways in, what one has. */
export function SidePanel({ slug, channel, shop, purchase, firstCode }: Props) {
  const [another, setAnother] = useState(false);
  // Tried once: a code that was taken over by another device must not take it back unasked.
  const [first, setFirst] = useState(firstCode);
  const { known, view } = channel;
  const { current } = known;
  const inside = view.panel === 'access';
  const codeWanted = current !== null && takesCodes(current) && (view.panel === 'code' || (inside && another));
  const bought = purchase.purchase;
  // A code that was just bought is at hand above; a second field for one would only ask questions.
  const paidCode = bought?.view?.state === 'paid' && bought.view.code !== null && !purchase.after?.problem;
  // Nobody should pay a second time while the first payment is on its way.
  const onItsWay = bought?.at.returned === true && !isSettled(phaseOf(bought));
  return (
    <div className={classes['side']}>
      {bought ? <CheckoutCard purchase={bought} onClose={purchase.close} /> : null}
      {purchase.after ? <AfterLine after={purchase.after} /> : null}
      {current ? <About current={current} /> : null}
      {current && shop && view.panel === 'code' && !paidCode && !onItsWay ? (
        <WaysCard slug={slug} current={current} shop={shop} onChanged={channel.refresh} />
      ) : null}
      {codeWanted ? (
        <CodeEntry
          key={slug}
          slug={slug}
          first={first}
          again={view.lost !== null}
          live={view.cover === 'locked' || view.lost !== null}
          sold={shop !== null && shop.code.priceMinor !== null}
          onCode={async (code) => {
            setFirst(null);
            await channel.validate(code);
            setAnother(false);
          }}
        />
      ) : null}
      {current && inside && shop && ON.has(current.state) && current.accessBy !== 'owner' ? (
        <TipCard slug={slug} showId={current.showId} name={current.channel.name} />
      ) : null}
      {inside && current && !another ? (
        <AccessCard current={current} clockOffsetMs={known.clockOffsetMs} onOther={() => setAnother(true)} />
      ) : null}
      {inside && current && shop ? <MemberOffer slug={slug} current={current} shop={shop} /> : null}
    </div>
  );
}

function AfterLine({ after }: { after: After }) {
  const { t } = useTranslation('watch');
  return (
    <p className={classes[after.problem ? 'bad' : 'good']} role="status" data-after={after.kind}>
      {after.problem || t(`after.${after.kind}`)}
    </p>
  );
}

function About({ current }: { current: Current }) {
  const { t } = useTranslation('watch');
  return (
    <section className={classes['about']} aria-labelledby="channel-name">
      <div className={classes['line']}>
        <StateBadge state={current.state} />
        {ON.has(current.state) ? (
          <span className={classes['viewers']} data-viewers={current.viewers}>
            <EyeIcon />
            {t('viewers', { count: current.viewers })}
          </span>
        ) : null}
      </div>
      <h1 id="channel-name">{current.channel.name}</h1>
      {current.title && current.state !== 'none' ? <p className={classes['title']}>{current.title}</p> : null}
      {current.channel.bio ? <p className={classes['bio']}>{current.channel.bio}</p> : null}
    </section>
  );
}
