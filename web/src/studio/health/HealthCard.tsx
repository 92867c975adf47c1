import { useTranslation } from 'react-i18next';
import type { Light } from '#contract/health.ts';
import { clockOf } from '../../ui/time.ts';
import studio from '../studio.module.css';
import { timeExact } from '../words.ts';
import { AdviceList } from './AdviceList.tsx';
import { Figures } from './Figures.tsx';
import type { Health } from './follow-health.ts';
import { History } from './History.tsx';
import { goneSince } from './history.ts';
import { LightBadge } from './LightBadge.tsx';
import { Renditions } from './Renditions.tsx';

/** How the stream is doing, what to do about it, and how it did in the last ten minutes. */
export function HealthCard({ health }: { health: Health }) {
  const { t } = useTranslation('studio');
  const { now, history, trouble } = health;
  // An encoder that was turned away leaves advice and no input.
  const light: Light | 'none' = now && (now.input || now.advices.length > 0) ? now.light : 'none';
  return (
    <section className={studio['card']} aria-labelledby="health-heading" data-health={trouble ?? light}>
      <div className={studio['line']}>
        <h2 id="health-heading" className={studio['heading']}>
          {t('health.heading')}
        </h2>
        <span role="status">{now ? <LightBadge light={light} /> : null}</span>
      </div>
      <Situation health={health} light={light} />
      {now ? <AdviceList advices={now.advices} input={now.input} /> : null}
      {now?.input ? <Figures input={now.input} /> : null}
      {now ? <Renditions now={now} /> : null}
      {now ? <History history={history} nowMs={now.atMs} /> : null}
    </section>
  );
}

/** One sentence on where things stand. */
function Situation({ health, light }: { health: Health; light: Light | 'none' }) {
  const { t } = useTranslation('studio');
  const { now, history, trouble } = health;
  const gone = goneSince(now, history);
  const sentence = () => {
    if (now && gone !== null) {
      const since = { time: timeExact(new Date(gone).toISOString()), clock: clockOf(now.atMs - gone) };
      return t('health.gone', since);
    }
    if (!now) return trouble ? null : t('loading');
    return t(`health.text.${light}`);
  };
  const words = sentence();
  return (
    <>
      {words ? <p>{words}</p> : null}
      {trouble ? (
        <p className={studio['warn']} role="status">
          {t(`health.trouble.${trouble}`)}
        </p>
      ) : null}
    </>
  );
}
