/** A stream's health on one screen of a terminal. */
import type { Advice, HealthReport, HealthSample, StreamHealth } from '#contract/health.ts';
import { advice as words } from '../../web/src/locales/en/advice.ts';
import { table } from './output.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Samples that fit beside their names on a terminal of 80 columns: the last minute. */
const DRAWN = 60;

const number = (value: number | null, unit: string, digits = 0): string =>
  value === null ? '-' : `${value.toFixed(digits)} ${unit}`;

/** One character a sample, from nothing to the largest; a gap where there was none. */
function drawn(values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const bar = (value: number) => BARS[Math.min(BARS.length - 1, Math.floor((Math.max(0, value) / most) * BARS.length))];
  return values.map((value) => (value === null ? ' ' : bar(value))).join('');
}

function inputRows(input: NonNullable<StreamHealth['input']>): string[][] {
  const size = input.width && input.height ? `${input.width} × ${input.height}` : '-';
  const fps = `${number(input.fps, 'frames/s', 1)} of ${number(input.nominalFps, '', 1).trim()}`;
  const keyframes = input.keyframeIntervalMs === null ? null : input.keyframeIntervalMs / 1000;
  return [
    ['encoder', input.encoder],
    ['picture', `${input.videoCodec ?? '-'}  ${size}  ${fps}${input.bFrames ? '  B-frames' : ''}`],
    ['sound', `${input.audioCodec ?? '-'}  ${input.audio}  ${number(input.audioKilobitsPerSecond, 'kb/s')}`],
    ['bitrate', `${number(input.kilobitsPerSecond, 'kb/s')}  keyframes every ${number(keyframes, 's', 1)}`],
    ['arrival', `${input.behindMs} ms behind  ${input.gaps} frames missing in the last minute`],
    ['speed', input.speed === null ? 'nothing is transcoded' : `${input.speed.toFixed(2)} × real time`],
  ];
}

function adviceText(one: Advice, { input }: StreamHealth): string {
  const values: Readonly<Record<string, string>> = {
    behind: ((input?.behindMs ?? 0) / 1000).toFixed(1),
    keyframes: ((input?.keyframeIntervalMs ?? 0) / 1000).toFixed(0),
    fps: (input?.fps ?? 0).toFixed(0),
    nominal: (input?.nominalFps ?? 0).toFixed(0),
  };
  const { title, obs, operator } = words[one];
  const text = title.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => values[name] ?? '?');
  return `  ${text}\n    ${obs || operator}`;
}

function historyRows(history: readonly HealthSample[]): string[][] {
  const last = history.slice(-DRAWN);
  if (last.length < 2) return [];
  return [
    ['kb/s', drawn(last.map(({ kilobitsPerSecond }) => kilobitsPerSecond))],
    ['frames/s', drawn(last.map(({ fps }) => fps))],
  ];
}

/** The screen: what comes in, what is made of it, what to do. */
export function healthText(show: { slug: string; state: string; test: number }, report: HealthReport): string {
  const { now, history } = report;
  const what = show.test === 1 ? `${show.state}, a test` : show.state;
  const renditions = now.renditions.map(({ name, height, state, viewers }) => [
    `  ${name}`,
    height === null ? '-' : `${height}p`,
    state,
    `${viewers} viewers`,
  ]);
  return [
    `${now.light.toUpperCase()}  ${show.slug}: ${what}, ${now.devices} devices`,
    table(now.input ? inputRows(now.input) : [['encoder', 'none sends at the moment']]),
    ...(renditions.length > 0 ? ['renditions', table(renditions)] : []),
    ...(now.advices.length > 0 ? ['what to do', ...now.advices.map((one) => adviceText(one, now))] : []),
    table(historyRows(history)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}
