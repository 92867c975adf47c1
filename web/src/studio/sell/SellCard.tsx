import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { editChannel } from '#contract/channels.ts';
import type { Way } from '#contract/live-sessions.ts';
import { call } from '../../api/http.ts';
import type { Shop } from '../../api/shop.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { priceText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import classes from '../studio.module.css';
import type { Overview } from '../use-overview.ts';
import { priceOf, shareOf, typedPrice } from './split.ts';
import { Ways } from './Ways.tsx';

type Props = { channel: Overview['channel']; currency: string; tax: Shop['tax']; refresh: () => Promise<void> };

const SHARE = { none: 'sell.share', inclusive: 'sell.shareInclusive', exclusive: 'sell.shareExclusive' } as const;

/** What a price may be, minor units: at least half a unit, as Stripe wants it. */
const PRICE_MIN = 50;
const PRICE_MAX = 100_000_000;
const OFFERED: readonly Way[] = ['everybody', 'code', 'membership'];

const wrong = (minor: number | null) =>
  minor !== null && (Number.isNaN(minor) || minor < PRICE_MIN || minor > PRICE_MAX);

/** Prices of the channel, what the creator gets of each, and who may watch by default. */
export function SellCard({ channel, currency, tax, refresh }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [code, setCode] = useState(typedPrice(channel.codePriceMinor, currency));
  const [member, setMember] = useState(typedPrice(channel.membershipPriceMinor, currency));
  const [ways, setWays] = useState<readonly Way[]>(channel.audience);
  const [tried, setTried] = useState(false);
  const [saved, setSaved] = useState(false);
  const prices = { code: priceOf(code, currency), member: priceOf(member, currency) };

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    setSaved(false);
    if (wrong(prices.code) || wrong(prices.member) || ways.length === 0) return;
    const body = { codePriceMinor: prices.code, membershipPriceMinor: prices.member, audience: [...ways] };
    const done = await run(async () => {
      await call<typeof editChannel>('patch', '/api/channels/:slug', { params: { slug: channel.slug }, body });
      await refresh();
    });
    setSaved(done);
  };
  const share = (minor: number | null) => {
    if (minor === null) return t('sell.none');
    if (wrong(minor)) return '';
    const own = priceText(shareOf(minor, channel.creatorBps), currency);
    return t(SHARE[tax], { gross: priceText(minor, currency), own });
  };
  const refusal = (minor: number | null) =>
    tried && wrong(minor)
      ? t('sell.wrong', { least: priceText(PRICE_MIN, currency), most: priceText(PRICE_MAX, currency) })
      : '';
  const price = (name: 'code' | 'membership', typed: string, minor: number | null, set: (text: string) => void) => (
    <Field
      label={t(`sell.${name}`, { currency: currency.toUpperCase() })}
      hint={[share(minor), t(`sell.${name}Hint`, { hours: channel.codeHours })].filter(Boolean).join(' ')}
      problem={refusal(minor)}
      inputMode="decimal"
      autoComplete="off"
      value={typed}
      onChange={(event) => set(event.target.value)}
    />
  );
  return (
    <section className={classes['card']} aria-labelledby="sell-heading">
      <h2 id="sell-heading" className={classes['heading']}>
        {t('sell.heading')}
      </h2>
      <p className={classes['quiet']}>{t('sell.intro')}</p>
      <form className={classes['form']} onSubmit={submit} onChange={() => setSaved(false)} noValidate>
        {price('code', code, prices.code, setCode)}
        {price('membership', member, prices.member, setMember)}
        <Ways
          heading={t('sell.audience')}
          hint={t('sell.audienceHint')}
          chosen={ways}
          onChosen={setWays}
          offered={OFFERED}
          problem={tried && ways.length === 0 ? t('ways.least') : ''}
          {...{ channel, currency }}
        />
        <Problem text={problem} />
        <div className={classes['actions']}>
          <Button type="submit" aria-disabled={busy}>
            {t('sell.save')}
          </Button>
          <span className={classes['good']} role="status">
            {saved ? t('sell.saved') : ''}
          </span>
        </div>
      </form>
    </section>
  );
}
