import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signUp } from '../api/session.ts';
import { loadShop, type Shop } from '../api/shop.ts';
import { Button } from '../ui/Button.tsx';
import { Check } from '../ui/Check.tsx';
import { isEmail } from '../ui/email.ts';
import { Field } from '../ui/Field.tsx';
import forms from '../ui/form.module.css';
import { LanguageField } from '../ui/LanguageField.tsx';
import { browserLanguage } from '../ui/languages.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { EmailField } from './EmailField.tsx';
import { cameIn } from './me.ts';
import { PASSWORD_MIN } from './password.ts';

type Props = { email: string; onEmail: (email: string) => void; onIn: () => void };

/** What the operator asks of a new account, as far as it is known. */
function useHouse(): Pick<Shop, 'ageGate' | 'terms'> {
  const [house, setHouse] = useState<Pick<Shop, 'ageGate' | 'terms'>>({ ageGate: null, terms: null });
  useEffect(() => {
    loadShop().then(setHouse, () => undefined);
  }, []);
  return house;
}

/** A new account: signed in at once, the address is confirmed by mail later. */
export function SignUpForm({ email, onEmail, onIn }: Props) {
  const { t } = useTranslation('account');
  const { ageGate, terms } = useHouse();
  const [language, setLanguage] = useState(browserLanguage);
  const [accepted, setAccepted] = useState(false);
  const [age, setAge] = useState(false);
  const { busy, problem, setProblem, run } = useTask();

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const name = String(data.get('name') ?? '').trim();
    const password = String(data.get('password') ?? '');
    if (!name) return setProblem(t('up.nameMissing'));
    if (!isEmail(email)) return setProblem(t('emailWrong'));
    if (password.length < PASSWORD_MIN) return setProblem(t('up.passwordShort'));
    if (ageGate !== null && !age) return setProblem(t('up.ageMissing', { age: ageGate }));
    if (!accepted) return setProblem(t('up.termsMissing'));
    await run(async () => {
      const made = { email: email.trim(), password, name, language, acceptTerms: true as const };
      if (!(await signUp({ ...made, ...(ageGate === null ? {} : { confirmAge: true as const }) })))
        return setProblem(t('up.taken'));
      await cameIn();
      onIn();
    });
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate>
      <Field label={t('up.name')} hint={t('up.nameHint')} name="name" autoComplete="nickname" maxLength={80} />
      <EmailField value={email} onValue={onEmail} autoComplete="username" />
      <Field
        label={t('sign.password')}
        hint={t('up.passwordHint')}
        name="password"
        type="password"
        autoComplete="new-password"
        maxLength={128}
      />
      <LanguageField label={t('up.language')} value={language} onValue={setLanguage} />
      {ageGate === null ? null : (
        <Check checked={age} onChecked={setAge}>
          {t('up.age', { age: ageGate })}
        </Check>
      )}
      <Check checked={accepted} onChecked={setAccepted}>
        {t('up.terms')}{' '}
        {terms ? (
          <a href={terms} target="_blank" rel="noopener noreferrer">
            {t('up.termsLink')}
          </a>
        ) : null}
      </Check>
      <Problem text={problem} />
      <Button look="primary" type="submit" aria-disabled={busy}>
        {t(busy ? 'busy' : 'up.submit')}
      </Button>
    </form>
  );
}
