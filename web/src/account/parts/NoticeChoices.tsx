import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type NoticeChoices as Choices,
  loadNoticeChoices,
  type NoticeChoice,
  saveNoticeChoice,
} from '../../api/account.ts';
import { errorText } from '../../i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Problem } from '../../ui/Problem.tsx';
import classes from './choices.module.css';
import { Section } from './Section.tsx';

type Way = 'mail' | 'app';

/** What one wants to be told of, by mail and on the page. Each choice is saved at once. */
export function NoticeChoices() {
  const { t } = useTranslation('account');
  const [choices, setChoices] = useState<Choices | null>(null);
  const [problem, setProblem] = useState('');
  const [saved, setSaved] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  // One after the other, so that the last answer is the newest.
  const line = useRef<Promise<unknown>>(Promise.resolve());

  const load = useCallback(async () => {
    try {
      setChoices(await loadNoticeChoices());
      setProblem('');
    } catch (error) {
      setProblem(errorText(error));
    }
  }, []);
  useEffect(() => void load(), [load]);
  const loaded = choices !== null;
  useEffect(() => {
    if (loaded && location.hash === '#notices') top.current?.scrollIntoView();
  }, [loaded]);

  const choose = (group: NoticeChoice['group'], way: Way, wanted: boolean) => {
    setSaved(false);
    setChoices(
      (was) =>
        was && { ...was, groups: was.groups.map((one) => (one.group === group ? { ...one, [way]: wanted } : one)) },
    );
    line.current = line.current.then(async () => {
      try {
        setChoices(await saveNoticeChoice(group, way, wanted));
        setProblem('');
        setSaved(true);
      } catch (error) {
        const words = errorText(error);
        // What is shown must be what holds.
        await load();
        setProblem(words);
      }
    });
  };
  return (
    <div ref={top} id="notices">
      <Section
        title={t('choices.title')}
        aside={
          <span role="status" className={classes['saved']}>
            {saved ? t('saved') : ''}
          </span>
        }
      >
        {choices ? <p className={classes['quiet']}>{t('choices.text', { email: choices.email })}</p> : null}
        <ul className={classes['groups']}>
          {choices?.groups.map((one) => (
            <Group key={one.group} choice={one} onChoice={(way, wanted) => choose(one.group, way, wanted)} />
          ))}
        </ul>
        <Problem text={problem} />
        {problem && !choices ? (
          <Button small onClick={() => void load()}>
            {t('again')}
          </Button>
        ) : null}
      </Section>
    </div>
  );
}

function Group({ choice, onChoice }: { choice: NoticeChoice; onChoice: (way: Way, wanted: boolean) => void }) {
  const { t } = useTranslation('account');
  const id = useId();
  const { group, needed } = choice;
  const way = (name: Way) =>
    choice[name] === null ? null : (
      <Check checked={choice[name] === true} onChecked={(wanted) => onChoice(name, wanted)}>
        {t(`choices.${name}`)}
      </Check>
    );
  return (
    <li className={classes['group']} data-group={group}>
      <div className={classes['what']}>
        <h3 id={id} className={classes['name']}>
          {t(`choices.groups.${group}.name`)}
        </h3>
        <p className={classes['quiet']}>{t(`choices.groups.${group}.text`)}</p>
      </div>
      {needed ? (
        <p className={classes['always']}>{t('choices.always')}</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend would have to be the name, which stands apart.
        <div role="group" aria-labelledby={id} className={classes['ways']}>
          {way('mail')}
          {way('app')}
        </div>
      )}
    </li>
  );
}
