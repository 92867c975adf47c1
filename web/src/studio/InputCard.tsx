import { useTranslation } from 'react-i18next';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';
import { timeOnly } from './words.ts';

/** Longer keyframe intervals than this, milliseconds, make viewers wait to get in. */
const SLOW_KEYFRAMES_MS = 4500;
const SHOWN_REFUSALS = 5;

/** What the encoder sends, advice, and who was turned away. */
export function InputCard({ overview }: { overview: Overview }) {
  const { t } = useTranslation('studio');
  const { input, ingestState, refusals } = overview;
  if (!input && refusals.length === 0) return null;
  return (
    <section className={classes['card']} aria-labelledby="input-heading">
      <h2 id="input-heading" className={classes['heading']}>
        {t(input ? 'input.heading' : 'refusals.heading')}
      </h2>
      {input ? <Figures input={input} ingestState={ingestState} /> : null}
      {refusals.length > 0 ? (
        <>
          {input ? <h3 className={classes['small']}>{t('refusals.heading')}</h3> : null}
          <ul className={classes['rows']}>
            {refusals.slice(0, SHOWN_REFUSALS).map((refusal) => (
              <li key={`${refusal.at} ${refusal.address} ${refusal.reason}`} className={classes['row']}>
                <span>{t(`refusals.${refusal.reason}`, { time: timeOnly(refusal.at) })}</span>
                <span className={classes['quiet']}>
                  {refusal.keyLabel
                    ? t('refusals.with', { label: refusal.keyLabel, address: refusal.address })
                    : t('refusals.from', { address: refusal.address })}
                </span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

/** The name that creators know, for the codec strings of RFC 6381. */
function codecName(codec: string | null): string | null {
  if (codec?.startsWith('avc1')) return 'H.264';
  return codec?.startsWith('mp4a') ? 'AAC' : codec;
}

type FiguresProps = { input: NonNullable<Overview['input']>; ingestState: Overview['ingestState'] };

function Figures({ input, ingestState }: FiguresProps) {
  const { t } = useTranslation('studio');
  const seconds = input.keyframeIntervalMs === null ? null : (input.keyframeIntervalMs / 1000).toFixed(1);
  const figures = [
    [t('input.picture'), input.width && input.height ? `${input.width} × ${input.height}` : null],
    [t('input.fps'), input.fps === null ? null : t('input.fpsValue', { value: Math.round(input.fps * 10) / 10 })],
    [
      t('input.bitrate'),
      input.kilobitsPerSecond === null
        ? null
        : t('input.bitrateValue', { value: Math.round(input.kilobitsPerSecond).toLocaleString() }),
    ],
    [t('input.keyframes'), seconds === null ? null : t('input.keyframesValue', { value: seconds })],
    [t('input.codecs'), [codecName(input.videoCodec), codecName(input.audioCodec)].filter(Boolean).join(' + ') || null],
    [t('input.encoder'), [input.encoder, ingestState ? t(`input.${ingestState}`) : ''].filter(Boolean).join(', ')],
  ] as const;
  const slow = input.keyframeIntervalMs !== null && input.keyframeIntervalMs > SLOW_KEYFRAMES_MS;
  return (
    <>
      <dl className={classes['figures']}>
        {figures.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {slow ? <p className={classes['warn']}>{t('input.slowKeyframes', { value: seconds ?? '' })}</p> : null}
      {ingestState === 'playing' && !input.audioCodec ? <p className={classes['warn']}>{t('input.noAudio')}</p> : null}
    </>
  );
}
