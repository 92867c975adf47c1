/** What Prometheus is told of single shows: read from their doctors when somebody asks. */
import { Gauge, type Registry } from 'prom-client';
import { Advice, type Light } from '#contract/health.ts';
import type { Show } from '../shows/show.ts';

/** Shows that get labels of their own; the totals count all. Each has at most some forty series. */
const MAX_LABELLED_SHOWS = 200;
const LIGHTS: Readonly<Record<Light, number>> = { green: 0, amber: 1, red: 2 };

type Last = NonNullable<Show['doctor']['last']>;
type Figure = readonly [name: string, help: string, read: (last: Last) => number | null | undefined];

/** Base units, as Prometheus wants them. */
const FIGURES: readonly Figure[] = [
  [
    'input_bits_per_second',
    'What the encoder sends',
    ({ input }) => input && Math.round(input.kilobitsPerSecond * 1000),
  ],
  [
    'input_audio_bits_per_second',
    'Sound of it',
    ({ input }) => input && Math.round(input.audioKilobitsPerSecond * 1000),
  ],
  ['input_frames_per_second', 'Frames that arrive', ({ input }) => input?.arrivedFps],
  ['input_missing_frames', 'Frames missing in the last minute', ({ input }) => input?.gaps],
  ['input_behind_seconds', 'Arrival behind the timestamps', ({ input }) => input && input.behindMs / 1000],
  [
    'input_keyframe_interval_seconds',
    'From keyframe to keyframe',
    ({ input }) => (input?.keyframeIntervalMs == null ? null : input.keyframeIntervalMs / 1000),
  ],
  ['devices', 'Distinct devices that watch', ({ devices }) => devices],
];

/** Registers the gauges of shows and returns what sets them afresh, so that an ended show leaves none behind. */
export function registerShowMetrics(registry: Registry, shows: () => Iterable<Show>): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `stagedoor_show_${name}`, help, labelNames: ['show', ...labelNames], registers });
  const figures = FIGURES.map(([name, help, read]) => ({ gauge: gauge(name, help), read }));
  const light = gauge('light', '0 green, 1 amber, 2 red');
  const advice = gauge('advice', '1 for each advice that the creator is given', 'advice');
  const speed = gauge('rendition_speed', 'Speed of a transcoded rendition, 1 is real time', 'rendition');
  const viewers = gauge('rendition_viewers', 'Viewers by rendition', 'rendition');

  function read({ wanted: { showId }, doctor }: Show): void {
    const { last } = doctor;
    if (!last) return;
    const label = { show: showId };
    for (const one of figures) {
      const value = one.read(last);
      if (value !== null && value !== undefined) one.gauge.set(label, value);
    }
    light.set(label, LIGHTS[doctor.light]);
    for (const one of Advice.options) if (doctor.advices.includes(one)) advice.set({ ...label, advice: one }, 1);
    for (const name of ['source', ...last.rungs.map((rung) => rung.name)]) {
      viewers.set({ ...label, rendition: name }, last.viewersByRendition.get(name) ?? 0);
    }
    for (const rung of last.rungs) {
      if (rung.speed !== null) speed.set({ ...label, rendition: rung.name }, rung.speed);
    }
  }

  const all = [...figures.map((one) => one.gauge), light, advice, speed, viewers];
  return () => {
    for (const one of all) one.reset();
    let left = MAX_LABELLED_SHOWS;
    for (const show of shows()) {
      if (show.ended || left === 0) continue;
      left -= 1;
      read(show);
    }
  };
}
