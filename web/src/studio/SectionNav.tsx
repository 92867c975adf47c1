import { useTranslation } from 'react-i18next';
import classes from './frame.module.css';
import { pathOf, SECTIONS, type Section } from './section.ts';

/** The way between the studio's pages: links, so that they open in a new tab too. */
export function SectionNav({ section, go }: { section: Section; go: (section: Section) => void }) {
  const { t } = useTranslation('studio');
  return (
    <nav className={classes['sections']} aria-label={t('nav.name')}>
      {SECTIONS.map((one) => (
        <a
          key={one}
          href={pathOf(one)}
          aria-current={one === section ? 'page' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go(one);
          }}
        >
          {t(`nav.${one}`)}
        </a>
      ))}
    </nav>
  );
}
