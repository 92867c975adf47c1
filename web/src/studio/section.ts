import { useEffect, useState } from 'react';

/** The studio's pages, each with an address of its own. */
export const SECTIONS = ['live', 'earnings'] as const;
export type Section = (typeof SECTIONS)[number];

export const pathOf = (section: Section): string => (section === 'live' ? '/studio' : `/studio/${section}`);

const sectionOf = (path: string): Section =>
  SECTIONS.find((section) => path.replace(/\/$/, '') === pathOf(section)) ?? 'live';

/** Which page is shown; the browser's back button leads through them. */
export function useSection(): [Section, (section: Section) => void] {
  const [section, setSection] = useState(() => sectionOf(location.pathname));
  useEffect(() => {
    const moved = () => setSection(sectionOf(location.pathname));
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const go = (next: Section) => {
    history.pushState(null, '', pathOf(next));
    setSection(next);
    scrollTo(0, 0);
  };
  return [section, go];
}
