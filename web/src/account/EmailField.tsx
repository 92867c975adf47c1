import type { InputHTMLAttributes } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../ui/Field.tsx';
import './texts.ts';

type Props = Pick<InputHTMLAttributes<HTMLInputElement>, 'autoComplete'> & {
  value: string;
  onValue: (value: string) => void;
  hint?: string;
};

/** An e-mail address, with the keyboard that has an @. */
export function EmailField({ value, onValue, hint, autoComplete = 'email' }: Props) {
  const { t } = useTranslation('account');
  return (
    <Field
      label={t('sign.email')}
      name="email"
      type="email"
      inputMode="email"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      autoComplete={autoComplete}
      value={value}
      {...(hint ? { hint } : {})}
      onChange={(event) => onValue(event.target.value)}
    />
  );
}
