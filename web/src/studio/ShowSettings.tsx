import { useTranslation } from 'react-i18next';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Channel = Overview['channel'];

/** The least that the server keeps, seconds: nobody can go back by more than a few pictures. */
const LIVE_ONLY_SECONDS = 12;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const WINDOWS = [LIVE_ONLY_SECONDS, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];

/** How shows begin, how far back viewers may go, and what is kept of a show. */
export function ShowSettings({ channel }: { channel: Channel }) {
  const { t } = useTranslation('studio');
  return (
    <>
      <label className={classes['labelled']}>
        <span>{t('settings.mode')}</span>
        <select className={classes['field']} name="goLiveMode" defaultValue={channel.goLiveMode}>
          <option value="auto">{t('settings.auto')}</option>
          <option value="manual">{t('settings.manual')}</option>
        </select>
      </label>
      <label className={classes['labelled']}>
        <span>{t('settings.grace')}</span>
        <input
          className={classes['field']}
          name="graceSeconds"
          type="number"
          min={0}
          max={1800}
          defaultValue={channel.graceSeconds ?? ''}
          aria-describedby="grace-hint"
        />
        <small id="grace-hint">{t('settings.graceHint')}</small>
      </label>
      <Rewind chosen={channel.windowSeconds} />
      <label className={classes['tick']}>
        <input name="recordShows" type="checkbox" defaultChecked={channel.recordShows} aria-describedby="record-hint" />
        <span>{t('settings.record')}</span>
      </label>
      <small id="record-hint" className={classes['tickHint']}>
        {t('settings.recordHint')}
      </small>
      <label className={classes['tick']}>
        <input
          name="publicThumbnail"
          type="checkbox"
          defaultChecked={channel.publicThumbnail}
          aria-describedby="picture-hint"
        />
        <span>{t('settings.picture')}</span>
      </label>
      <small id="picture-hint" className={classes['tickHint']}>
        {t('settings.pictureHint')}
      </small>
    </>
  );
}

function Rewind({ chosen }: { chosen: number | null }) {
  const { t } = useTranslation('studio');
  // A value set by API stays what it is until another one is chosen.
  const choices = [...new Set([...WINDOWS, ...(chosen === null ? [] : [chosen])])].sort((a, b) => a - b);
  const words = (seconds: number) => {
    if (seconds === LIVE_ONLY_SECONDS) return t('settings.rewindOff');
    if (seconds % HOUR === 0) return t('settings.rewindHours', { count: seconds / HOUR });
    if (seconds % MINUTE === 0) return t('settings.rewindMinutes', { count: seconds / MINUTE });
    return t('settings.rewindSeconds', { count: seconds });
  };
  return (
    <label className={classes['labelled']}>
      <span>{t('settings.rewind')}</span>
      <select
        className={classes['field']}
        name="windowSeconds"
        defaultValue={chosen ?? ''}
        aria-describedby="rewind-hint"
      >
        <option value="">{t('settings.rewindServer')}</option>
        {choices.map((seconds) => (
          <option key={seconds} value={seconds}>
            {words(seconds)}
          </option>
        ))}
      </select>
      <small id="rewind-hint">{t('settings.rewindHint')}</small>
    </label>
  );
}
