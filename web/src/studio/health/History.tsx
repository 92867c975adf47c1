import { useTranslation } from 'react-i18next';
import type { HealthSample } from '#contract/health.ts';
import { Chart } from './Chart.tsx';
import classes from './health.module.css';
import { byMinute } from './history.ts';

/** The last ten minutes, drawn, and as a table for those who cannot or do not want to look. */
export function History({ history, nowMs }: { history: readonly HealthSample[]; nowMs: number }) {
  const { t } = useTranslation('studio');
  if (history.length === 0) return null;
  const common = { history, nowMs };
  const number = (value: number | null, digits: number) =>
    value === null ? '–' : value.toLocaleString(undefined, { maximumFractionDigits: digits });
  return (
    <>
      <Chart {...common} series="kilobitsPerSecond" name={t('history.bitrate')} divisor={1} least={500} />
      <Chart {...common} series="fps" name={t('history.frames')} divisor={1} least={30} />
      <Chart {...common} series="behindMs" name={t('history.behind')} divisor={1000} least={2} />
      <details className={classes['more']}>
        <summary>{t('history.table')}</summary>
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">{t('history.ago')}</th>
              <th scope="col">{t('history.bitrate')}</th>
              <th scope="col">{t('history.frames')}</th>
              <th scope="col">{t('history.behind')}</th>
            </tr>
          </thead>
          <tbody>
            {byMinute(history, nowMs).map((minute) => (
              <tr key={minute.ago}>
                <th scope="row">{minute.ago === 0 ? t('history.thisMinute') : minute.ago}</th>
                <td>{number(minute.kilobitsPerSecond, 0)}</td>
                <td>{number(minute.fps, 1)}</td>
                <td>{number(minute.behindMs === null ? null : minute.behindMs / 1000, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
