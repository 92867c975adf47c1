import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { editChannel } from '#contract/channels.ts';
import { call } from '../api/http.ts';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Channel = Overview['channel'];

/** Reads the form; an empty grace time means the server's own. */
function settingsOf(data: FormData) {
  const text = (name: string) => String(data.get(name) ?? '').trim();
  return {
    name: text('name'),
    bio: text('bio'),
    graceSeconds: text('graceSeconds') === '' ? null : Number(text('graceSeconds')),
    goLiveMode: text('goLiveMode') === 'manual' ? ('manual' as const) : ('auto' as const),
    viewerLimit: Number(text('viewerLimit')),
    codeHours: Number(text('codeHours')),
    maxDevices: Number(text('maxDevices')),
    listed: data.get('listed') !== null,
  };
}

/** Name, texts and rules of the channel. */
export function SettingsCard({ channel, refresh }: { channel: Channel; refresh: () => Promise<void> }) {
  const { t } = useTranslation('studio');
  const [problem, setProblem] = useState('');
  const [saved, setSaved] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setProblem('');
    setSaved(false);
    try {
      await call<typeof editChannel>('patch', '/api/channels/:slug', {
        params: { slug: channel.slug },
        body: settingsOf(new FormData(event.currentTarget)),
      });
      setSaved(true);
      await refresh();
    } catch (error) {
      setProblem(errorText(error));
    }
  };
  const number = (name: 'viewerLimit' | 'codeHours' | 'maxDevices', text: string, most: number) => (
    <label className={classes['labelled']}>
      <span>{text}</span>
      <input
        className={classes['field']}
        name={name}
        type="number"
        min={1}
        max={most}
        required
        defaultValue={channel[name]}
      />
    </label>
  );
  return (
    <section className={classes['card']} aria-labelledby="settings-heading">
      <h2 id="settings-heading" className={classes['heading']}>
        {t('settings.heading')}
      </h2>
      <form className={classes['form']} onSubmit={submit} onChange={() => setSaved(false)}>
        <label className={classes['labelled']}>
          <span>{t('settings.name')}</span>
          <input className={classes['field']} name="name" maxLength={80} required defaultValue={channel.name} />
        </label>
        <label className={classes['labelled']}>
          <span>{t('settings.bio')}</span>
          <textarea className={classes['field']} name="bio" rows={3} maxLength={2000} defaultValue={channel.bio} />
        </label>
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
        <div className={classes['pair']}>
          {number('viewerLimit', t('settings.limit'), 100_000)}
          {number('codeHours', t('settings.hours'), 720)}
          {number('maxDevices', t('settings.devices'), 20)}
        </div>
        <label className={classes['tick']}>
          <input name="listed" type="checkbox" defaultChecked={channel.listed} />
          <span>{t('settings.listed')}</span>
        </label>
        {problem ? (
          <p className={classes['problem']} role="alert">
            {problem}
          </p>
        ) : null}
        <div className={classes['actions']}>
          <Button type="submit">{t('settings.save')}</Button>
          <span className={classes['good']} role="status">
            {saved ? t('settings.saved') : ''}
          </span>
        </div>
      </form>
    </section>
  );
}
