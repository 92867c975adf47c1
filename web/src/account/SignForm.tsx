import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './account-kit.module.css';
import { ForgotForm } from './ForgotForm.tsx';
import { SignInForm } from './SignInForm.tsx';
import { SignUpForm } from './SignUpForm.tsx';
import './texts.ts';

type Mode = 'in' | 'up' | 'forgot';

/** Sign in, make an account, or ask for a new password: three short forms, one at a time. */
export function SignForm({ onIn }: { onIn: () => void }) {
  const { t } = useTranslation('account');
  const [mode, setMode] = useState<Mode>('in');
  // Typed once, kept from form to form.
  const [email, setEmail] = useState('');
  if (mode === 'forgot') return <ForgotForm email={email} onEmail={setEmail} onBack={() => setMode('in')} />;
  return (
    <>
      <div className={classes['tabs']}>
        {(['in', 'up'] as const).map((one) => (
          <button
            key={one}
            type="button"
            className={classes['tab']}
            aria-pressed={mode === one}
            onClick={() => setMode(one)}
          >
            {t(`sign.mode.${one}`)}
          </button>
        ))}
      </div>
      {mode === 'in' ? (
        <SignInForm email={email} onEmail={setEmail} onForgot={() => setMode('forgot')} onIn={onIn} />
      ) : (
        <SignUpForm email={email} onEmail={setEmail} onIn={onIn} />
      )}
    </>
  );
}
