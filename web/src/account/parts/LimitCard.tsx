import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type SpendingLimit, saveLimit } from '../../api/wallet.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import forms from '../../ui/form.module.css';
import { tokensText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { whenText } from '../../ui/time.ts';
import { useTask } from '../../ui/use-task.ts';
import classes from '../page.module.css';
import { Section } from './Section.tsx';

/** The limit that a fan sets themselves. */
export function LimitCard({ first }: { first: SpendingLimit }) {
  const { t } = useTranslation('account');
  const [limit, setLimit] = useState(first);
  const [text, setText] = useState(first.monthlyTokens === null ? '' : String(first.monthlyTokens));
  const [saved, setSaved] = useState(false);
  const { busy, problem, setProblem, run } = useTask();
  const save = (monthlyTokens: number | null) =>
    run(async () => {
      const next = await saveLimit(monthlyTokens);
      setLimit(next);
      setText(next.monthlyTokens === null ? '' : String(next.monthlyTokens));
      setSaved(true);
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSaved(false);
    if (!/^\d{1,9}$/.test(text)) return setProblem(t('limit.wrong'));
    void save(Number(text));
  };
  const { monthlyTokens, pending, spentTokens } = limit;
  return (
    <Section title={t('limit.title')}>
      <p className={classes['quiet']}>{t('limit.text')}</p>
      <p>
        {monthlyTokens === null
          ? t('limit.noLimit')
          : t('limit.left', { spent: tokensText(spentTokens), limit: tokensText(monthlyTokens) })}
      </p>
      {pending ? (
        <p className={classes['quiet']}>
          {pending.monthlyTokens === null
            ? t('limit.pendingNone', { when: whenText(pending.from) })
            : t('limit.pending', { when: whenText(pending.from), n: tokensText(pending.monthlyTokens) })}
        </p>
      ) : null}
      <form className={forms['form']} onSubmit={submit} noValidate>
        <Field
          label={t('limit.label')}
          inputMode="numeric"
          autoComplete="off"
          placeholder={t('limit.none')}
          maxLength={9}
          value={text}
          onChange={(event) => setText(event.target.value.replace(/\D/g, ''))}
        />
        <Problem text={problem} />
        <div className={classes['row']}>
          <Button type="submit" aria-disabled={busy}>
            {t('limit.save')}
          </Button>
          {monthlyTokens === null ? null : (
            <Button look="quiet" aria-disabled={busy} onClick={() => void save(null)}>
              {t('limit.remove')}
            </Button>
          )}
          <span role="status" className={classes['goodWord']}>
            {saved ? t('saved') : ''}
          </span>
        </div>
      </form>
    </Section>
  );
}
