import { useTranslation } from 'react-i18next';
import type { Advice, StreamHealth } from '#contract/health.ts';
import { advice as words } from '../../locales/en/advice.ts';
import studio from '../studio.module.css';
import classes from './health.module.css';

/** What can be done, most urgent first: one sentence each, and where to click. */
export function AdviceList({ advices, input }: { advices: readonly Advice[]; input: StreamHealth['input'] }) {
  const { t } = useTranslation('studio');
  if (advices.length === 0) return null;
  return (
    <ol className={classes['advices']}>
      {advices.map((advice) => (
        <li key={advice} data-advice={advice}>
          <h3 className={studio['small']}>{t(`advice.${advice}.title`, figuresFor(input))}</h3>
          <p className={studio['quiet']}>{t(`advice.${advice}.why`)}</p>
          <dl className={classes['remedies']}>
            <Remedy advice={advice} where="operator" />
            <Remedy advice={advice} where="obs" />
            <Remedy advice={advice} where="phone" />
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Remedy({ advice, where }: { advice: Advice; where: 'operator' | 'obs' | 'phone' }) {
  const { t } = useTranslation('studio');
  if (words[advice][where] === '') return null;
  return (
    <div>
      <dt>{t(`health.where.${where}`)}</dt>
      <dd>{t(`advice.${advice}.${where}`)}</dd>
    </div>
  );
}

const seconds = (milliseconds: number | null | undefined) => ((milliseconds ?? 0) / 1000).toFixed(1);

/** The numbers that the sentences mention. */
const figuresFor = (input: StreamHealth['input']) => ({
  keyframes: seconds(input?.keyframeIntervalMs),
  behind: seconds(input?.behindMs),
  fps: Math.round(input?.fps ?? 0),
  nominal: Math.round(input?.nominalFps ?? 0),
});
