import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { createKey, revokeKey, rotateKey } from '#contract/keys.ts';
import { call } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { Confirm } from './Dialog.tsx';
import type { NewKey } from './SetupCard.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';
import { dayTime } from './words.ts';

type Key = Overview['keys'][number];
type Props = {
  slug: string;
  keys: Key[];
  refresh: () => Promise<void>;
  onKey: (key: NewKey) => void;
  onRevoked: (id: string) => void;
};

/** The channel's stream keys: make, replace, revoke. */
export function KeysCard({ slug, keys, refresh, onKey, onRevoked }: Props) {
  const { t } = useTranslation('studio');
  const [asking, setAsking] = useState<{ what: 'rotate' | 'revoke'; key: Key } | null>(null);
  const { problem, run } = useTask();

  const show = async (made: { id: string; key: string; label: string }) => {
    onKey({ id: made.id, key: made.key, label: made.label, note: null });
    await refresh();
  };
  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const label = String(new FormData(form).get('label') ?? '').trim();
    const body = { channel: slug, label: label || 'OBS' };
    const made = await run(async () => show(await call<typeof createKey>('post', '/api/keys', { body })));
    if (made) form.reset();
  };
  const rotate = async (key: Key) =>
    show(await call<typeof rotateKey>('post', '/api/keys/:id/rotate', { params: { id: key.id }, body: {} }));
  const revoke = async (key: Key) => {
    await call<typeof revokeKey>('post', '/api/keys/:id/revoke', { params: { id: key.id }, body: {} });
    onRevoked(key.id);
    await refresh();
  };
  return (
    <section className={classes['card']} aria-labelledby="keys-heading">
      <h2 id="keys-heading" className={classes['heading']}>
        {t('keys.heading')}
      </h2>
      <p className={classes['quiet']}>{t(keys.length > 0 ? 'keys.intro' : 'keys.none')}</p>
      <ul className={classes['rows']}>
        {keys.map((key) => (
          <li key={key.id} className={classes['keyRow']}>
            <div className={classes['row']}>
              <span className={classes['strong']}>{key.label}</span>
              <span className={classes['quiet']}>
                {[
                  key.oneShow ? t('keys.oneShow') : t('keys.made', { time: dayTime(key.createdAt) }),
                  key.lastUsedAt ? t('keys.used', { time: dayTime(key.lastUsedAt) }) : t('keys.unused'),
                ].join(', ')}
              </span>
            </div>
            <Button
              small
              aria-label={`${t('keys.rotate')}: ${key.label}`}
              onClick={() => setAsking({ what: 'rotate', key })}
            >
              {t('keys.rotate')}
            </Button>
            <Button
              small
              look="danger"
              aria-label={`${t('keys.revoke')}: ${key.label}`}
              onClick={() => setAsking({ what: 'revoke', key })}
            >
              {t('keys.revoke')}
            </Button>
          </li>
        ))}
      </ul>
      <form className={classes['inline']} onSubmit={make}>
        <label className={classes['labelled']}>
          <span>{t('keys.label')}</span>
          <input
            className={classes['field']}
            name="label"
            maxLength={80}
            placeholder="OBS"
            aria-describedby="key-hint"
          />
        </label>
        <Button type="submit">{t('keys.make')}</Button>
        <small id="key-hint" className={classes['quiet']}>
          {t('keys.labelHint')}
        </small>
      </form>
      <Problem text={problem} />
      {asking ? (
        <Confirm
          title={t(`keys.${asking.what}Title`, { label: asking.key.label })}
          text={t(`keys.${asking.what}Text`)}
          yes={t(`keys.${asking.what}`)}
          onYes={() => (asking.what === 'rotate' ? rotate(asking.key) : revoke(asking.key))}
          onClose={() => setAsking(null)}
        />
      ) : null}
    </section>
  );
}
