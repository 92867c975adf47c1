import { useCallback, useRef, useState } from 'react';
import { errorText } from '../i18n.ts';

/** One command of a form or dialog at a time: whether it runs, and in words why the last one failed. */
export function useTask() {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  // State arrives with the next render; a double click is faster than that.
  const running = useRef(false);

  /** Runs a task. True where it went well; false where it failed, or another one still runs. */
  const run = useCallback(async (task: () => Promise<unknown>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setProblem('');
    try {
      await task();
      return true;
    } catch (error) {
      setProblem(errorText(error));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, problem, setProblem, run };
}
