import { useEffect, useState } from 'react';
import classes from './sections.module.css';

/** The first section has the base's own address: `/studio`, then `/studio/earnings`. */
const pathOf = (base: string, sections: readonly string[], section: string): string =>
  section === sections[0] ? base : `${base}/${section}`;

/** Which of an entry's pages is shown; the browser's back button leads through them. */
export function useSection<S extends string>(base: string, sections: readonly [S, ...S[]]): [S, (section: S) => void] {
  const here = (): S => {
    const path = location.pathname.replace(/\/$/, '');
    return sections.find((section) => pathOf(base, sections, section) === path) ?? sections[0];
  };
  const [section, setSection] = useState(here);
  useEffect(() => {
    const moved = () => setSection(here());
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  });
  const go = (next: S) => {
    history.pushState(null, '', pathOf(base, sections, next));
    setSection(next);
    scrollTo(0, 0);
  };
  return [section, go];
}

type Props<S extends string> = {
  base: string;
  /** What a screen reader calls the links. */
  name: string;
  /** Each with its words. */
  sections: readonly (readonly [S, string])[];
  section: S;
  go: (section: S) => void;
};

/** The way between an entry's pages: links, so that they open in a new tab too. */
export function SectionNav<S extends string>({ base, name, sections, section, go }: Props<S>) {
  const names = sections.map(([one]) => one);
  return (
    <nav className={classes['sections']} aria-label={name}>
      {sections.map(([one, words]) => (
        <a
          key={one}
          href={pathOf(base, names, one)}
          aria-current={one === section ? 'page' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go(one);
          }}
        >
          {words}
        </a>
      ))}
    </nav>
  );
}
