import { useTranslation } from 'react-i18next';
import classes from '../studio.module.css';
import own from './shows.module.css';
import type { ShowSort, StateFilter, useShows } from './use-shows.ts';

const STATES: readonly StateFilter[] = ['all', 'scheduled', 'running', 'ended', 'cancelled'];
const SORTS: readonly ShowSort[] = ['newest', 'oldest', 'tickets', 'revenue', 'viewers'];

/** Words, state and order of the list. */
export function Filters({ shows }: { shows: ReturnType<typeof useShows> }) {
  const { t } = useTranslation('studio');
  const { question, ask, list } = shows;
  return (
    <search className={own['filters']}>
      <label className={classes['labelled']}>
        <span>{t('shows.search')}</span>
        <input
          className={classes['field']}
          type="search"
          maxLength={80}
          value={question.search}
          onChange={(event) => ask({ search: event.target.value })}
        />
      </label>
      <label className={classes['labelled']}>
        <span>{t('shows.state')}</span>
        <select
          className={classes['field']}
          value={question.state}
          onChange={(event) => ask({ state: STATES.find((one) => one === event.target.value) ?? 'all' })}
        >
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(`shows.states.${state}`, { count: state === 'all' ? 0 : (list?.counts[state] ?? 0) })}
            </option>
          ))}
        </select>
      </label>
      <label className={classes['labelled']}>
        <span>{t('shows.sort')}</span>
        <select
          className={classes['field']}
          value={question.sort}
          onChange={(event) => ask({ sort: SORTS.find((one) => one === event.target.value) ?? 'newest' })}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`shows.sorts.${sort}`)}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}
