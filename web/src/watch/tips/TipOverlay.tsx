import { useEffect, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { loadRecentTips, type TipEvent } from '../../api/tips.ts';
import { listenToTips } from '../../realtime/tips.ts';
import { HeartIcon } from '../../ui/icons.tsx';
import { tokensText } from '../../ui/money.ts';
import classes from './overlay.module.css';
import { arrived, EMPTY, type Queue, SHOWN_MS, turned } from './queue.ts';

/** Tips that were sent while this page was away are shown if they are no older than this, milliseconds. */
const MISSED_MS = 60_000;

type Step = { kind: 'came'; tips: TipEvent[] } | { kind: 'turn' };
const step = (queue: Queue, event: Step): Queue => (event.kind === 'came' ? arrived(queue, event.tips) : turned(queue));

/** Tips over the picture: one at a time, four seconds each. Lies over nothing that can be pressed. */
export function TipOverlay({ slug }: { slug: string }) {
  const { t } = useTranslation('watch');
  const [{ shown }, send] = useReducer(step, EMPTY);
  useEffect(
    () =>
      listenToTips(
        slug,
        (tip) => send({ kind: 'came', tips: [tip] }),
        () => {
          const since = new Date(Date.now() - MISSED_MS).toISOString();
          loadRecentTips(slug, since).then(
            (tips) => send({ kind: 'came', tips }),
            () => undefined,
          );
        },
      ),
    [slug],
  );
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => send({ kind: 'turn' }), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);

  return (
    <div className={classes['place']} role="status">
      {shown ? (
        <div key={shown.id} className={classes['tip']} data-tip={shown.id}>
          <span className={classes['icon']}>
            <HeartIcon />
          </span>
          <p className={classes['words']}>
            <span>
              {t('tip.shown', {
                name: shown.fromUsername,
                count: shown.amountTokens,
                n: tokensText(shown.amountTokens),
              })}
            </span>
            {shown.message ? <span className={classes['message']}>{shown.message}</span> : null}
          </p>
        </div>
      ) : null}
    </div>
  );
}
