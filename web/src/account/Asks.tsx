import { lazy, Suspense } from 'react';
import { useAsk } from './ask.ts';

// Nobody who only watches needs these.
const SignDialog = lazy(() => import('./SignDialog.tsx').then((file) => ({ default: file.SignDialog })));
const TopUpDialog = lazy(() => import('./TopUpDialog.tsx').then((file) => ({ default: file.TopUpDialog })));

/** The dialog of the question that is open. Stands once on each page. */
export function Asks() {
  const ask = useAsk();
  if (!ask) return null;
  return (
    <Suspense fallback={null}>
      {ask.kind === 'sign-in' ? <SignDialog why={ask.why} onDone={ask.done} /> : null}
      {ask.kind === 'top-up' ? <TopUpDialog missing={ask.missing} intent={ask.intent} onDone={ask.done} /> : null}
    </Suspense>
  );
}
