import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { editChannel } from '#contract/channels.ts';
import { call } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { ShowSettings } from './ShowSettings.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';

type Channel = Overview['channel'];

/** Reads the form; an empty grace time or window means the server's own. */
function settingsOf(data: FormData) {
  const text = (name: string) => String(data.get(name) ?? '').trim();
  const numberOrNull = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    name: text('name'),
    bio: text('bio'),
    graceSeconds: numberOrNull('graceSeconds'),
    goLiveMode: text('goLiveMode') === 'manual' ? ('manual' as const) : ('auto' as const),
    viewerLimit: Number(text('viewerLimit')),
    codeHours: Number(text('codeHours')),
    maxDevices: Number(text('maxDevices')),
    listed: data.get('listed') !== null,
    windowSeconds: numberOrNull('windowSeconds'),
    recordShows: data.get('recordShows') !== null,
    publicThumbnail: data.get('publicThumbnail') !== null,
  };
}

/** Name, texts and rules of the channel. */
export function SettingsCard({ channel, refresh }: { channel: Channel; refresh: () => Promise<void> }) {
  const { t } = useTranslation('studio');
  const { busy, problem, run } = useTask();
  const [saved, setSaved] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSaved(false);
    const body = settingsOf(new FormData(event.currentTarget));
    const done = await run(async () => {
      await call<typeof editChannel>('patch', '/api/channels/:slug', { params: { slug: channel.slug }, body });
      await refresh();
    });
    setSaved(done);
  };
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
        <label className={classes['tick']}>
          <input name="listed" type="checkbox" defaultChecked={channel.listed} />
          <span>{t('settings.listed')}</span>
        </label>
        <ShowSettings channel={channel} />
        <Limits channel={channel} />
        <Problem text={problem} />
        <div className={classes['actions']}>
          <Button type="submit" aria-disabled={busy}>
            {t('settings.save')}
          </Button>
          <span className={classes['good']} role="status">
            {saved ? t('settings.saved') : ''}
          </span>
        </div>
      </form>
    </section>
  );
}

/** How many may watch, and what a code is worth. */
function Limits({ channel }: { channel: Channel }) {
  const { t } = useTranslation('studio');
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
    <div className={classes['pair']}>
      {number('viewerLimit', t('settings.limit'), 100_000)}
      {number('codeHours', t('settings.hours'), 720)}
      {number('maxDevices', t('settings.devices'), 20)}
    </div>
  );
}
