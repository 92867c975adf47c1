import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Way } from '#contract/live-sessions.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Field } from '../ui/Field.tsx';
import { tokensText } from '../ui/money.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import type { NewKey } from './SetupCard.tsx';
import { type Plan, type PlanProblem, problemsOf, sendPlan, ticketPriceOf } from './sell/plan.ts';
import { shareOf } from './sell/split.ts';
import { Ways } from './sell/Ways.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Props = {
  channel: Overview['channel'];
  currency: string;
  /** What the form begins with, e.g. of a show that is held again. */
  start?: Partial<Plan>;
  onClose: () => void;
  /** With the key of this show alone; a show with tickets has none. */
  onPrepared: (key: NewKey | null) => void;
};

const OFFERED: readonly Way[] = ['everybody', 'code', 'ticket', 'membership'];

/** Plans a show: title, time, who may watch and what a ticket costs. */
export function PrepareDialog({ channel, currency, start, onClose, onPrepared }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [plan, setPlan] = useState<Plan>({
    title: '',
    starts: '',
    ways: channel.audience,
    price: '',
    seats: String(channel.viewerLimit),
    ...start,
  });
  const [wrong, setWrong] = useState<ReadonlySet<PlanProblem>>(new Set());
  const change = (part: Partial<Plan>) => setPlan((was) => ({ ...was, ...part }));

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const problems = problemsOf(plan, Date.now());
    setWrong(problems);
    if (problems.size > 0) return;
    const prepared = await run(async () => {
      const key = await sendPlan(channel.slug, plan);
      onPrepared(key === null ? null : { id: null, key, label: t('show.preparedTitle'), note: t('show.preparedText') });
    });
    if (prepared) onClose();
  };
  const time = wrong.has('starts') ? t('plan.starts') : wrong.has('past') ? t('plan.past') : '';
  return (
    <Dialog title={t('show.prepareTitle')} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit} noValidate>
        <Field
          label={t('show.titleLabel')}
          hint={t('show.titleHint')}
          maxLength={120}
          value={plan.title}
          onChange={(event) => change({ title: event.target.value })}
        />
        <Field
          label={t('show.startsLabel')}
          hint={t('show.startsHint')}
          problem={time}
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
        <div className={classes['form']}>
          {plan.ways.includes('ticket') ? (
            <TicketPrice plan={plan} bps={channel.creatorBps} wrong={wrong.has('price')} change={change} />
          ) : null}
          <Field
            label={t('plan.seats')}
            hint={t('plan.seatsHint')}
            problem={wrong.has('seats') ? t('plan.seatsWrong') : ''}
            inputMode="numeric"
            value={plan.seats}
            onChange={(event) => change({ seats: event.target.value })}
          />
        </div>
        <Problem text={problem} />
        <div className={dialogs['actions']}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t('show.prepareSubmit')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

type PriceProps = { plan: Plan; bps: number; wrong: boolean; change: (part: Partial<Plan>) => void };

function TicketPrice({ plan, bps, wrong, change }: PriceProps) {
  const { t } = useTranslation('studio');
  const price = ticketPriceOf(plan);
  const share =
    price === null ? '' : t('plan.share', { gross: tokensText(price), own: tokensText(shareOf(price, bps)) });
  return (
    <Field
      label={t('plan.price')}
      hint={share}
      problem={wrong ? t('plan.priceWrong') : ''}
      inputMode="numeric"
      value={plan.price}
      onChange={(event) => change({ price: event.target.value })}
    />
  );
}
