import { type InputHTMLAttributes, type Ref, useId } from 'react';
import classes from './form.module.css';

type Props = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  /** Said beside the label, e.g. "optional". */
  aside?: string;
  hint?: string;
  problem?: string;
  ref?: Ref<HTMLInputElement>;
};

/** A field with its name above and what is wrong with it below; both belong to it for a screen reader. */
export function Field({ label, aside, hint, problem, ...input }: Props) {
  const id = useId();
  const under = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className={classes['labelled']}>
      <label className={classes['name']} htmlFor={id}>
        {label} {aside ? <small>({aside})</small> : null}
      </label>
      <input
        id={id}
        className={classes['field']}
        aria-invalid={problem ? true : undefined}
        aria-describedby={under || undefined}
        {...input}
      />
      {hint ? (
        <p className={classes['hint']} id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p className={classes['problem']} id={`${id}-problem`} role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  );
}
