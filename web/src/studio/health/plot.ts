/** One curve of the last ten minutes, drawn by uPlot on a canvas. The only importer of uPlot. */
import uPlot from 'uplot';
import { type Curve, HISTORY_SECONDS } from './history.ts';

const HEIGHT_PIXELS = 104;
const AXIS_PIXELS = 46;
const TICK_SECONDS = 120;
/** Lines across the drawing, the one at zero not counted. */
const STEPS = 3;
const FONT = '11px system-ui, sans-serif';

const xTicks = Array.from(
  { length: HISTORY_SECONDS / TICK_SECONDS + 1 },
  (_, index) => index * TICK_SECONDS - HISTORY_SECONDS,
);

export type Plot = { show: (curve: Curve) => void; resize: (width: number) => void; stop: () => void };
type Words = { minutes: string; now: string };
/** `least`: the value axis reaches at least this high. */
type Wishes = { width: number; least: number; words: Words };

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/** The smallest round number of which `STEPS` reach up to `most`. */
function stepFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / STEPS));
  return power * (ROUND.find((factor) => factor * power * STEPS >= most) ?? 10);
}

const valueTicks = (top: number) => Array.from({ length: STEPS + 1 }, (_, index) => (index * top) / STEPS);

/** Draws into an element, in the page's own colours. */
export function startPlot(box: HTMLElement, { width, least, words }: Wishes): Plot {
  const styles = getComputedStyle(box);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const axis = { stroke: colour('--quiet'), font: FONT, ticks: { show: false } };
  const plot = new uPlot(
    {
      width,
      height: HEIGHT_PIXELS,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 16, 0, 0],
      scales: {
        x: { time: false, range: [-HISTORY_SECONDS, 0] },
        y: { range: (_plot, _least, most) => [0, stepFor(Math.max(least, most)) * STEPS] },
      },
      axes: [
        {
          ...axis,
          size: 22,
          grid: { show: false },
          splits: () => xTicks,
          values: (_plot, at) => at.map((seconds) => (seconds === 0 ? words.now : `${seconds / 60} ${words.minutes}`)),
        },
        {
          ...axis,
          size: AXIS_PIXELS,
          grid: { stroke: colour('--line'), width: 1 },
          splits: (_plot, _axis, _least, top) => valueTicks(top),
          values: (_plot, at) => at.map((value) => value.toLocaleString(undefined, { maximumFractionDigits: 1 })),
        },
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
