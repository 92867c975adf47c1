import classes from './mark.module.css';

/** The product's mark: a lit door and the name, leading home. */
export function Mark() {
  return (
    <a className={classes['mark']} href="/">
      <svg viewBox="0 0 20 24" width="20" height="24" aria-hidden="true" focusable="false">
        <path d="M2 23V4.500A2.500 2.500 0 0 1 4.500 2h11A2.500 2.500 0 0 1 18 4.500V23z" fill="currentColor" />
        <circle cx="14" cy="13" r="1.600" fill="#0d0e12" />
      </svg>
      <span>Stagedoor</span>
    </a>
  );
}
