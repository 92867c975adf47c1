import type { ReactNode } from 'react';
import classes from './form.module.css';

type Props = { checked: boolean; onChecked: (checked: boolean) => void; problem?: boolean; children: ReactNode };

/** A box to tick, large enough for a thumb. */
export function Check({ checked, onChecked, problem = false, children }: Props) {
  return (
    <label className={classes['check']}>
      <input
        type="checkbox"
        checked={checked}
        aria-invalid={problem || undefined}
        onChange={(event) => onChecked(event.target.checked)}
      />
      <span>{children}</span>
    </label>
  );
}
