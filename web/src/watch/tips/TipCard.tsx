import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ShowId } from '#contract/ids.ts';
import { useMe } from '../../account/me.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { CheckIcon, HeartIcon } from '../../ui/icons.tsx';
import { tokensText } from '../../ui/money.ts';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import classes from './tip.module.css';
import { tipFor } from './tip.ts';

const PRESETS = [50, 100, 250, 500] as const;
const MOST = 100_000;
const MESSAGE_MOST = 200;
const THANKS_MS = 4000;

type Props = { slug: string; showId: ShowId | null; name: string };

/** A tip: an amount by one press, a message if one likes, and off it goes. */
export function TipCard({ slug, showId, name }: Props) {
  const { t } = useTranslation('watch');
  const me = useMe();
  const [chosen, setChosen] = useState<number | 'own'>(100);
  const [own, setOwn] = useState('');
  const [message, setMessage] = useState('');
  const [thanks, setThanks] = useState(0);
  const { busy, problem, setProblem, run } = useTask();
  useEffect(() => {
    if (!thanks) return;
    const timer = setTimeout(() => setThanks(0), THANKS_MS);
    return () => clearTimeout(timer);
  }, [thanks]);

  const amount = chosen === 'own' ? Number(own) : chosen;
  const valid = Number.isInteger(amount) && amount >= 1 && amount <= MOST;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!valid) return setProblem(t('tip.wrong', { most: tokensText(MOST) }));
    await run(async () => {
      const words = message.trim();
      const context = { channel: slug, ...(showId ? { streamId: showId } : {}) };
      const sent = await tipFor(slug, { amountTokens: amount, ...(words ? { message: words } : {}), context });
      if (!sent) return;
      setThanks(amount);
      setMessage('');
    });
  };
  return (
    <form className={classes['card']} onSubmit={submit} noValidate data-tip-card="">
      <h2 className={classes['title']}>
        <HeartIcon />
        {t('tip.title', { name })}
      </h2>
      <Amounts chosen={chosen} onChosen={setChosen} />
      {chosen === 'own' ? (
        <Field
          label={t('tip.ownLabel')}
          inputMode="numeric"
          autoComplete="off"
          maxLength={6}
          value={own}
          onChange={(event) => setOwn(event.target.value.replace(/\D/g, ''))}
        />
      ) : null}
      <Field
        label={t('tip.message')}
        aside={t('buy.optional')}
        maxLength={MESSAGE_MOST}
        autoComplete="off"
        enterKeyHint="send"
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
      <Problem text={problem} />
      <Button look="primary" type="submit" className={classes['send']} aria-disabled={busy}>
        {busy ? t('tip.busy') : t('tip.send', { n: valid ? tokensText(amount) : '', count: valid ? amount : 0 })}
      </Button>
      <p className={classes['under']} role="status">
        {thanks > 0 ? (
          <span className={classes['thanks']}>
            <CheckIcon />
            {t('tip.sent', { n: tokensText(thanks), name })}
          </span>
        ) : me.phase === 'fan' && me.balance !== null ? (
          t('tip.balance', { n: tokensText(me.balance) })
        ) : (
          t('tip.guest')
        )}
      </p>
    </form>
  );
}

type AmountsProps = { chosen: number | 'own'; onChosen: (chosen: number | 'own') => void };

function Amounts({ chosen, onChosen }: AmountsProps) {
  const { t } = useTranslation('watch');
  return (
    <fieldset className={classes['amounts']}>
      <legend className={classes['unseen']}>{t('tip.amount')}</legend>
      {PRESETS.map((preset) => (
        <Choice key={preset} checked={chosen === preset} onChoose={() => onChosen(preset)}>
          {tokensText(preset)}
        </Choice>
      ))}
      <Choice checked={chosen === 'own'} onChoose={() => onChosen('own')}>
        {t('tip.own')}
      </Choice>
    </fieldset>
  );
}

function Choice({ checked, onChoose, children }: { checked: boolean; onChoose: () => void; children: string }) {
  return (
    <label className={classes['amount']}>
      <input type="radio" name="tip-amount" checked={checked} onChange={onChoose} />
      <span>{children}</span>
    </label>
  );
}
