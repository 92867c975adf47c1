import type { ButtonHTMLAttributes } from 'react';
import classes from './button.module.css';

type Look = 'plain' | 'primary' | 'danger' | 'quiet';

/** A button; `type` is `button` unless a form says otherwise. */
export function Button({
  look = 'plain',
  small = false,
  type = 'button',
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; small?: boolean }) {
  const names = [classes['button'], look === 'plain' ? '' : classes[look], small ? classes['small'] : '', className];
  return <button type={type} className={names.filter(Boolean).join(' ')} {...rest} />;
}
