import { useTranslation } from 'react-i18next';
import type { Way } from '#contract/live-sessions.ts';
import { Field } from '../../ui/Field.tsx';
import { tokensText } from '../../ui/money.ts';
import classes from '../studio.module.css';
import type { Overview } from '../use-overview.ts';
import { type Plan, type PlanProblem, ticketPriceOf } from './plan.ts';
import { shareOf } from './split.ts';
import { Ways } from './Ways.tsx';

type Props = {
  channel: Overview['channel'];
  currency: string;
  plan: Plan;
  wrong: ReadonlySet<PlanProblem>;
  change: (part: Partial<Plan>) => void;
  /** Of a show that is changed: tickets that are sold, which fix its time and audience. */
  sold?: number;
  /** A new show may have no time. */
  timeNeeded?: boolean;
};

const OFFERED: readonly Way[] = ['everybody', 'code', 'ticket', 'membership'];

/** The fields of a planned show, new or changed. */
export function PlanFields({ channel, currency, plan, wrong, change, sold = 0, timeNeeded = false }: Props) {
  const { t } = useTranslation('studio');
  const starts = wrong.has('starts') ? t(timeNeeded ? 'plan.timeNeeded' : 'plan.starts') : '';
  return (
    <>
      <Field
        label={t('show.titleLabel')}
        hint={t('show.titleHint')}
        maxLength={120}
        value={plan.title}
        onChange={(event) => change({ title: event.target.value })}
      />
      {sold > 0 ? null : (
        <>
          <Field
            label={t('show.startsLabel')}
            hint={timeNeeded ? '' : t('show.startsHint')}
            problem={wrong.has('past') ? t('plan.past') : starts}
            type="datetime-local"
            value={plan.starts}
            onChange={(event) => change({ starts: event.target.value })}
          />
          <Ways
            heading={t('plan.audience')}
            chosen={plan.ways}
            onChosen={(ways) => change({ ways })}
            offered={OFFERED}
            problem={wrong.has('ways') ? t('ways.least') : ''}
            {...{ channel, currency }}
          />
        </>
      )}
      {plan.ways.includes('ticket') ? (
        <TicketPrice plan={plan} bps={channel.creatorBps} wrong={wrong.has('price')} change={change} sold={sold} />
      ) : null}
      <div className={classes['pair']} data-align="top">
        <Field
          label={t('plan.seats')}
          hint={t('plan.seatsHint')}
          problem={wrong.has('seats') ? (sold > 0 ? t('plan.seatsSold', { count: sold }) : t('plan.seatsWrong')) : ''}
          inputMode="numeric"
          value={plan.seats}
          onChange={(event) => change({ seats: event.target.value })}
        />
        <Field
          label={t('plan.minutes')}
          aside={t('plan.optional')}
          problem={wrong.has('minutes') ? t('plan.minutesWrong') : ''}
          inputMode="numeric"
          value={plan.minutes}
          onChange={(event) => change({ minutes: event.target.value })}
        />
      </div>
      <Field
        label={t('plan.place')}
        aside={t('plan.optional')}
        maxLength={120}
        value={plan.place}
        onChange={(event) => change({ place: event.target.value })}
      />
    </>
  );
}

type PriceProps = { plan: Plan; bps: number; wrong: boolean; change: (part: Partial<Plan>) => void; sold: number };

function TicketPrice({ plan, bps, wrong, change, sold }: PriceProps) {
  const { t } = useTranslation('studio');
  const price = ticketPriceOf(plan);
  const hints = [
    price === null ? '' : t('plan.share', { gross: tokensText(price), own: tokensText(shareOf(price, bps)) }),
    sold > 0 ? t('plan.priceFromNow') : '',
  ];
  return (
    <Field
      label={t('plan.price')}
      hint={hints.filter(Boolean).join(' ')}
      problem={wrong ? t('plan.priceWrong') : ''}
      inputMode="numeric"
      value={plan.price}
      onChange={(event) => change({ price: event.target.value })}
    />
  );
}
