import classes from './form.module.css';

/** Why something did not work, said at once to everybody; nothing while there is nothing to say. */
export function Problem({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p className={classes['problem']} role="alert">
      {text}
    </p>
  );
}
