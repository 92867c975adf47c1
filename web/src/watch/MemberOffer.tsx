import { useTranslation } from 'react-i18next';
import type { Shop } from '../api/shop.ts';
import { Button } from '../ui/Button.tsx';
import { pricedWith, priceText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './access.module.css';
import type { Current } from './rules.ts';
import { join } from './ways/join.ts';

type Props = { slug: string; current: Current; shop: Shop };

/** A membership offered to who is in by another right. Nothing where the channel has none, or they have it. */
export function MemberOffer({ slug, current, shop }: Props) {
  const { t } = useTranslation('watch');
  const { busy, problem, run } = useTask();
  const way = current.ways.find((one) => one.way === 'membership');
  if (!shop.membership || way?.has || current.accessBy === 'owner' || current.accessBy === 'membership') return null;
  return (
    <section className={classes['card']} aria-labelledby="member-title" data-member-offer="">
      <h2 id="member-title" className={classes['title']}>
        {t('member.title', { name: current.channel.name })}
      </h2>
      <p className={classes['note']}>{t('member.text')}</p>
      <Problem text={problem} />
      <Button aria-disabled={busy} onClick={() => void run(() => join(slug))}>
        {t('member.join', {
          price: pricedWith(priceText(shop.membership.priceMinor, shop.currency), t(`tax.${shop.tax}`)),
        })}
      </Button>
    </section>
  );
}
