import { useCallback, useEffect, useRef, useState } from 'react';
import { errorText } from '../i18n.ts';

type Page<Item, Cursor> = { items: Item[]; next: Cursor | null };

/** A list that is loaded page by page; `reload` begins anew. */
export function usePages<Item, Cursor>(load: (before: Cursor | null) => Promise<Page<Item, Cursor>>) {
  const [items, setItems] = useState<Item[] | null>(null);
  const [next, setNext] = useState<Cursor | null>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const turn = useRef(0);
  const loader = useRef(load);
  loader.current = load;

  const fetchPage = useCallback(async (before: Cursor | null) => {
    const mine = ++turn.current;
    setBusy(true);
    setProblem('');
    try {
      const page = await loader.current(before);
      // A later question makes this answer stale.
      if (mine !== turn.current) return;
      setItems((was) => (before === null ? page.items : [...(was ?? []), ...page.items]));
      setNext(page.next);
    } catch (error) {
      if (mine === turn.current) setProblem(errorText(error));
    } finally {
      if (mine === turn.current) setBusy(false);
    }
  }, []);
  const reload = useCallback(() => void fetchPage(null), [fetchPage]);
  useEffect(reload, [reload]);
  return { items, problem, busy, more: next === null ? null : () => void fetchPage(next), reload };
}
