import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import dialogs from '../../ui/dialog.module.css';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import { PlanFields } from '../sell/PlanFields.tsx';
import { changesOf, type Plan, type PlanProblem, planOf, problemsOf, sendChanges } from '../sell/plan.ts';
import classes from '../studio.module.css';
import type { Overview } from '../use-overview.ts';
import { dayTime } from '../words.ts';
import type { ShowFigures } from './use-shows.ts';

type Props = {
  show: ShowFigures;
  channel: Overview['channel'];
  currency: string;
  onClose: () => void;
  onSaved: () => void;
};

/** Changes a planned show. What sold tickets have fixed is said, with the way out. */
export function EditDialog({ show, channel, currency, onClose, onSaved }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [was] = useState(() => planOf(show));
  const [plan, setPlan] = useState<Plan>(was);
  const [wrong, setWrong] = useState<ReadonlySet<PlanProblem>>(new Set());
  const change = (part: Partial<Plan>) => setPlan((before) => ({ ...before, ...part }));
  const sold = show.ticketsSold;

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const problems = problemsOf(plan, Date.now(), was, sold);
    setWrong(problems);
    if (problems.size > 0) return;
    if (!(await run(() => sendChanges(show.showId, changesOf(was, plan))))) return;
    onSaved();
    onClose();
  };
  const fixed = {
    count: sold,
    time: show.startsAt === null ? '' : dayTime(show.startsAt),
    ways: show.audience.map((way) => t(`ways.${way}`)).join(', '),
  };
  return (
    <Dialog title={t('shows.editTitle', { title: show.title ?? t('show.untitled') })} onClose={onClose}>
      <form className={classes['form']} onSubmit={submit} noValidate>
        {sold > 0 ? <p className={classes['note']}>{t('shows.fixed', fixed)}</p> : null}
        <PlanFields {...{ channel, currency, plan, wrong, change, sold }} timeNeeded />
        <Problem text={problem} />
        <div className={dialogs['actions']}>
          <Button onClick={onClose}>{t('shows.discard')}</Button>
          <Button look="primary" type="submit" aria-disabled={busy}>
            {t('shows.save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
