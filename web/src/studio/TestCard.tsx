import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { EncoderFields } from './EncoderFields.tsx';
import type { Health } from './health/follow-health.ts';
import { type Verdict, verdictOf } from './health/verdict.ts';
import { order } from './order.ts';
import { Preview } from './Preview.tsx';
import type { NewKey } from './SetupCard.tsx';
import shown from './show.module.css';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Test = NonNullable<Overview['show']>;
type Props = {
  test: Test;
  overview: Overview;
  health: Health;
  newKey: NewKey | null;
  refresh: () => Promise<void>;
  onEnded: () => void;
};

/** A test stream: what to type into the encoder, then the picture, then the verdict. */
export function TestCard({ test, overview, health, newKey, refresh, onEnded }: Props) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const waiting = test.state === 'scheduled';
  const sending = overview.ingestState === 'playing';
  const seen = test.state === 'preview' || test.state === 'reconnecting';

  const stop = () =>
    run(async () => {
      await order(waiting ? '/api/live-sessions/cancel' : '/api/live-sessions/end', test.showId);
      onEnded();
      await refresh();
    });
  return (
    <section className={classes['card']} aria-labelledby="test-heading" data-test={test.state}>
      <div className={classes['line']}>
        <h2 id="test-heading" className={classes['heading']}>
          {t('test.heading')}
        </h2>
        <span className={shown['badge']} data-state="preview">
          {t('test.onlyYou')}
        </span>
      </div>
      {waiting ? <p className={classes['strong']}>{t('test.waiting')}</p> : null}
      {test.state === 'starting' ? <p role="status">{t('test.starting')}</p> : null}
      {waiting ? <EncoderFields ingest={overview.ingest} newKey={newKey} /> : null}
      {seen ? <Preview show={test} sending={sending} /> : null}
      {seen ? <VerdictLine verdict={verdictOf(health.now, health.history)} /> : null}
      <p className={classes['quiet']}>{t('test.end')}</p>
      <Problem text={problem} />
      <div className={classes['actions']}>
        <Button look="danger" aria-disabled={busy} onClick={stop}>
          {t('test.stop')}
        </Button>
      </div>
    </section>
  );
}

/** What the half minute showed. The countdown is not read aloud each second, the verdict is. */
function VerdictLine({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation('studio');
  const first = verdict.kind === 'nearly' || verdict.kind === 'not_yet' ? verdict.first : null;
  const said = verdict.kind === 'nearly' || verdict.kind === 'not_yet';
  return (
    <div>
      {verdict.kind === 'measuring' ? (
        <p className={shown['verdict']} data-verdict="measuring">
          {t('test.verdict.measuring', { count: verdict.secondsLeft })}
        </p>
      ) : null}
      <div role="status">
        {verdict.kind !== 'measuring' ? (
          <p className={shown['verdict']} data-verdict={verdict.kind}>
            {t(`test.verdict.${verdict.kind}`)} {said ? t(first ? `advice.${first}.short` : 'test.verdict.else') : null}
          </p>
        ) : null}
      </div>
    </div>
  );
}
