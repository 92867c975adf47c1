import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import classes from '../page.module.css';

/** A card with its heading. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes['card']} aria-labelledby={id}>
      <div className={classes['head']}>
        <h2 id={id} className={classes['title']}>
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

type ListState = {
  items: readonly unknown[] | null;
  problem: string;
  busy: boolean;
  more: (() => void) | null;
  reload: () => void;
};

/** What stands under a list: that it is empty, failed, or goes on. */
export function ListEnd({ list, none }: { list: ListState; none: string }) {
  const { t } = useTranslation('account');
  return (
    <>
      <Problem text={list.problem} />
      {list.problem ? (
        <Button small onClick={list.reload}>
          {t('again')}
        </Button>
      ) : null}
      {list.items?.length === 0 ? <p className={classes['quiet']}>{none}</p> : null}
      {list.more ? (
        <Button small aria-disabled={list.busy} onClick={list.more}>
          {t('more')}
        </Button>
      ) : null}
    </>
  );
}
