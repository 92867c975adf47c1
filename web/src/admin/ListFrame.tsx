import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import classes from './admin.module.css';

type List = {
  items: readonly unknown[] | null;
  problem: string;
  busy: boolean;
  more: (() => void) | null;
  reload: () => void;
};

/** A list's page: its rows, and below them that it is empty, failed, or goes on. */
export function ListFrame({ list, none, children }: { list: List; none?: string; children: ReactNode }) {
  const { t } = useTranslation('admin');
  return (
    <>
      <ul className={classes['rows']}>{children}</ul>
      {list.items === null && !list.problem ? <p role="status">{t('loading')}</p> : null}
      {list.items?.length === 0 ? <p className={classes['quiet']}>{none ?? t('none')}</p> : null}
      <Problem text={list.problem} />
      <div className={classes['actions']}>
        {list.problem ? <Button onClick={list.reload}>{t('again')}</Button> : null}
        {list.more ? (
          <Button small aria-disabled={list.busy} onClick={list.more}>
            {t('more')}
          </Button>
        ) : null}
      </div>
    </>
  );
}
