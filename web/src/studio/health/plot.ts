/** One curve of the last ten minutes, drawn by uPlot on a canvas. The only importer of uPlot. */
import uPlot from 'uplot';
import { type Curve, HISTORY_SECONDS } from './history.ts';

const HEIGHT_PIXELS = 96;
const AXIS_PIXELS = 46;
const MINUTES_BETWEEN_TICKS = 2;

const ticks = Array.from({ length: HISTORY_SECONDS / 60 / MINUTES_BETWEEN_TICKS + 1 }, (_, index) => {
  return -HISTORY_SECONDS + index * 60 * MINUTES_BETWEEN_TICKS;
});

const FONT = '11px system-ui, sans-serif';

export type Plot = { show: (curve: Curve) => void; resize: (width: number) => void; stop: () => void };
type Wishes = { width: number /** The value axis reaches at least this high. */; least: number; minutes: string };

/** Draws into an element, in the page's own colours. */
export function startPlot(box: HTMLElement, { width, least, minutes }: Wishes): Plot {
  const styles = getComputedStyle(box);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const axis = { stroke: colour('--quiet'), font: FONT, ticks: { show: false } };
  const plot = new uPlot(
    {
      width,
      height: HEIGHT_PIXELS,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { time: false, range: [-HISTORY_SECONDS, 0] },
        y: { range: (_plot, _least, most) => [0, Math.max(least, most * 1.15)] },
      },
      axes: [
        {
          ...axis,
          size: 22,
          grid: { show: false },
          splits: () => ticks,
          values: (_plot, at) => at.map((seconds) => (seconds === 0 ? `0 ${minutes}` : String(seconds / 60))),
        },
        { ...axis, size: AXIS_PIXELS, space: 28, grid: { stroke: colour('--line'), width: 1 } },
      ],
      series: [{}, { stroke: colour('--accent'), width: 1.5, points: { show: false }, spanGaps: false }],
    },
    [[], []],
    box,
  );
  return {
    show: ({ seconds, values }) => plot.setData([seconds, values]),
    resize: (next) => plot.setSize({ width: next, height: HEIGHT_PIXELS }),
    stop: () => plot.destroy(),
  };
}
