import { useCallback, useEffect, useState } from 'react';
import type { ShowFigures, ShowSort, studioDashboard } from '#contract/earnings.ts';
import type { QueryOf, ReplyOf } from '#contract/endpoint.ts';
import { call } from '../../api/http.ts';
import { errorText } from '../../i18n.ts';

export type { ShowFigures, ShowSort };
export type ShowList = ReplyOf<typeof studioDashboard>;
export type StateFilter = NonNullable<QueryOf<typeof studioDashboard>['state']>;
type Question = { state: StateFilter; search: string; sort: ShowSort; page: number };

/** Letters come one upon another: the server is asked when they rest, milliseconds. */
const REST_MS = 250;

/** The channel's shows by state, words and order. `ask` changes the question and goes back to its first page. */
export function useShows(channel: string) {
  const [question, setQuestion] = useState<Question>({ state: 'all', search: '', sort: 'newest', page: 1 });
  const [list, setList] = useState<ShowList | null>(null);
  const [problem, setProblem] = useState('');
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks again.
  useEffect(() => {
    let stopped = false;
    const load = async () => {
      try {
        const { search, ...rest } = question;
        const words = search.trim();
        const query = { channel, ...rest, ...(words ? { search: words } : {}) };
        const next = await call<typeof studioDashboard>('get', '/api/studio/dashboard', { query });
        if (stopped) return;
        setList(next);
        setProblem('');
      } catch (error) {
        if (!stopped) setProblem(errorText(error));
      }
    };
    const timer = setTimeout(load, REST_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [channel, question, turn]);
  const ask = (part: Partial<Question>) => setQuestion((was) => ({ ...was, page: 1, ...part }));
  const reload = useCallback(() => setTurn((was) => was + 1), []);
  /** Nothing is left out by the question. */
  const isAll = question.state === 'all' && question.search.trim() === '';
  return { question, ask, list, problem, reload, isAll };
}
