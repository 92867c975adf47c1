import { useId } from 'react';
import type { Language } from '#contract/notices.ts';
import classes from './form.module.css';
import { LANGUAGES } from './languages.ts';

type Props = { label: string; value: Language; onValue: (language: Language) => void };

/** Chooses the language that one is written to in. */
export function LanguageField({ label, value, onValue }: Props) {
  const id = useId();
  return (
    <div className={classes['labelled']}>
      <label className={classes['name']} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className={classes['field']}
        value={value}
        onChange={(event) => {
          const chosen = LANGUAGES.find(([language]) => language === event.target.value);
          if (chosen) onValue(chosen[0]);
        }}
      >
        {LANGUAGES.map(([language, name]) => (
          <option key={language} value={language} lang={language}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
