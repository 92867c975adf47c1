import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import type { NewKey } from './SetupCard.tsx';
import { PlanFields } from './sell/PlanFields.tsx';
import { type Plan, type PlanProblem, problemsOf, sendPlan } from './sell/plan.ts';
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

/** Plans a show: title, time, who may watch and what a ticket costs. */
export function PrepareDialog({ channel, currency, start, onClose, onPrepared }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [plan, setPlan] = useState<Plan>({
    title: '',
    place: '',
    starts: '',
    minutes: '',
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
  return (
    <Dialog title={t('show.prepareTitle')} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit} noValidate>
        <PlanFields {...{ channel, currency, plan, wrong, change }} />
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
