import { useTranslation } from 'react-i18next';
import type { StreamHealth } from '#contract/health.ts';
import studio from '../studio.module.css';

type Input = NonNullable<StreamHealth['input']>;

/** The name that creators know, for the codec strings of RFC 6381. */
function codecName(codec: string | null): string | null {
  if (codec === null) return null;
  const known = { avc1: 'H.264', avc3: 'H.264', hvc1: 'HEVC', hev1: 'HEVC', av01: 'AV1', vp09: 'VP9', mp4a: 'AAC' };
  return Object.entries(known).find(([start]) => codec.startsWith(start))?.[1] ?? codec;
}

/** OBS and ffmpeg name their libraries; creators know the programs. */
const encoderName = (encoder: string) =>
  encoder.replace(/^.*libobs version ([\d.]+).*$/, 'OBS $1').replace(/^.*Lavf([\d.]+).*$/, 'ffmpeg (Lavf $1)');

const tenth = (value: number) => (Math.round(value * 10) / 10).toLocaleString();

/** The figures of what the encoder sends. */
export function Figures({ input }: { input: Input }) {
  const { t } = useTranslation('studio');
  const { width, height, fps, nominalFps, kilobitsPerSecond, keyframeIntervalMs, speed } = input;
  const kilobits = (value: number | null) =>
    value === null ? null : t('figures.kilobits', { value: Math.round(value).toLocaleString() });
  const inSeconds = (ms: number) => t('figures.seconds', { value: tenth(ms / 1000) });
  const rows: ReadonlyArray<readonly [name: string, value: string | null]> = [
    [t('figures.bitrate'), kilobits(kilobitsPerSecond)],
    [
      t('figures.frames'),
      fps === null
        ? null
        : nominalFps === null
          ? tenth(fps)
          : t('figures.of', { fps: tenth(fps), nominal: tenth(nominalFps) }),
    ],
    [t('figures.picture'), width && height ? `${width} × ${height}` : null],
    [t('figures.keyframes'), keyframeIntervalMs === null ? null : inSeconds(keyframeIntervalMs)],
    [
      t('figures.audio'),
      [t(`figures.sound.${input.audio}`), kilobits(input.audioKilobitsPerSecond)].filter(Boolean).join(', '),
    ],
    [t('figures.gaps'), t('figures.gapsValue', { count: input.gaps })],
    [t('figures.behind'), inSeconds(Math.max(0, input.behindMs))],
    [t('figures.speed'), speed === null ? null : t('figures.speedValue', { value: speed.toFixed(2) })],
    [t('figures.bFrames'), t(input.bFrames ? 'figures.yes' : 'figures.no')],
    [
      t('figures.codecs'),
      [codecName(input.videoCodec), codecName(input.audioCodec)].filter(Boolean).join(' + ') || null,
    ],
    [t('figures.encoder'), encoderName(input.encoder) || null],
  ];
  return (
    <dl className={studio['figures']}>
      {rows.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
