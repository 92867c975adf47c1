import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { HealthSample } from '#contract/health.ts';
import 'uplot/dist/uPlot.min.css';
import classes from './health.module.css';
import { curveOf, rangeOf, type Series } from './history.ts';
import type { Plot } from './plot.ts';

type Props = {
  series: Series;
  history: readonly HealthSample[];
  nowMs: number;
  name: string;
  /** What a value of the series is divided by to be shown, e.g. 1000 for seconds. */
  divisor: number;
  /** The value axis reaches at least this high. */
  least: number;
};

/** One drawn series. Its range in words is the picture's name, and the table below it has the figures. */
export function Chart({ series, history, nowMs, name, divisor, least }: Props) {
  const { t } = useTranslation('studio');
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const curve = useMemo(() => {
    const { seconds, values } = curveOf(history, series, nowMs);
    return { seconds, values: values.map((value) => (value === null ? null : value / divisor)) };
  }, [history, series, nowMs, divisor]);
  const newest = useRef(curve);
  newest.current = curve;

  const minutes = t('history.minutes');
  const end = t('history.now');
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let stopped = false;
    const resized = new ResizeObserver(() => plot.current?.resize(element.clientWidth));
    const draw = async () => {
      const { startPlot } = await import('./plot.ts');
      if (stopped) return;
      plot.current = startPlot(element, { width: element.clientWidth, least, words: { minutes, now: end } });
      plot.current.show(newest.current);
      resized.observe(element);
    };
    // Without the drawing the table still serves.
    draw().catch(() => undefined);
    return () => {
      stopped = true;
      resized.disconnect();
      plot.current?.stop();
      plot.current = null;
    };
  }, [least, minutes, end]);
  useEffect(() => plot.current?.show(curve), [curve]);

  const range = rangeOf(curve.values);
  const round = (value: number) => (Math.round(value * 10) / 10).toLocaleString();
  const words = range
    ? t('history.range', {
        name,
        now: range.now === null ? t('history.nothing') : round(range.now),
        least: round(range.least),
        most: round(range.most),
      })
    : t('history.none', { name });
  return (
    <figure className={classes['chart']}>
      <figcaption>{name}</figcaption>
      <div ref={box} className={classes['plot']} role="img" aria-label={words} data-series={series} />
    </figure>
  );
}
