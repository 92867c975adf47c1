import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessCodeView, createCodes, listCodes, revokeCode } from '#contract/access-codes.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import { call } from '../api/http.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import { Confirm } from './Dialog.tsx';
import { NewCodes } from './NewCodes.tsx';
import classes from './studio.module.css';
import type { Overview } from './use-overview.ts';
import { dayTime } from './words.ts';

type Made = ReplyOf<typeof createCodes>;
type Props = { channel: Overview['channel']; watchUrl: string };

const MOST_AT_ONCE = 1000;
const SHOWN_FIRST = 8;

/** Access codes: make by hand, list, revoke. */
export function CodesCard({ channel, watchUrl }: Props) {
  const { t } = useTranslation('studio');
  const [codes, setCodes] = useState<AccessCodeView[]>([]);
  const [made, setMade] = useState<Made>([]);
  const { problem, run } = useTask();
  const { slug } = channel;

  const load = useCallback(async () => {
    setCodes(await call<typeof listCodes>('get', '/api/access-codes', { query: { channel: slug } }));
  }, [slug]);
  useEffect(() => {
    void run(load);
  }, [load, run]);

  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const count = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(Number(data.get('count'))) || 1));
    const label = String(data.get('label') ?? '').trim();
    await run(async () => {
      const body = { channel: slug, count, ...(label ? { label } : {}) };
      setMade(await call<typeof createCodes>('post', '/api/access-codes/create', { body }));
      await load();
    });
  };
  return (
    <section className={classes['card']} aria-labelledby="codes-heading">
      <h2 id="codes-heading" className={classes['heading']}>
        {t('codes.heading')}
      </h2>
      <p className={classes['quiet']}>{t('codes.intro', { hours: channel.codeHours, devices: channel.maxDevices })}</p>
      <form className={classes['inline']} onSubmit={make}>
        <label className={`${classes['labelled']} ${classes['short']}`}>
          <span>{t('codes.count')}</span>
          <input className={classes['field']} name="count" type="number" min={1} max={MOST_AT_ONCE} defaultValue={1} />
        </label>
        <label className={classes['labelled']}>
          <span>{t('codes.label')}</span>
          <input className={classes['field']} name="label" maxLength={80} placeholder={t('codes.labelHint')} />
        </label>
        <Button type="submit">{t('codes.make')}</Button>
      </form>
      <Problem text={problem} />
      {made.length > 0 ? <NewCodes made={made} slug={slug} watchUrl={watchUrl} onClose={() => setMade([])} /> : null}
      <CodeList codes={codes} reload={load} />
    </section>
  );
}

function CodeList({ codes, reload }: { codes: AccessCodeView[]; reload: () => Promise<void> }) {
  const { t } = useTranslation('studio');
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState<AccessCodeView | null>(null);
  if (codes.length === 0) return <p className={classes['quiet']}>{t('codes.none')}</p>;
  const shown = all ? codes : codes.slice(0, SHOWN_FIRST);
  return (
    <>
      <ul className={classes['rows']}>
        {shown.map((code) => (
          <li key={code.id} className={classes['keyRow']} data-code-state={code.state}>
            <div className={classes['row']}>
              <span>
                <span className={classes['mono']}>…{code.hint}</span> {code.label}
              </span>
              <span className={classes['quiet']}>
                {[
                  code.state === 'valid'
                    ? t('codes.until', { time: dayTime(code.expiresAt) })
                    : t(`codes.state.${code.state}`),
                  code.usageCount > 0 ? t('codes.used', { count: code.usageCount }) : t('codes.unused'),
                ].join(', ')}
              </span>
            </div>
            {code.state === 'valid' ? (
              <Button
                small
                look="danger"
                aria-label={`${t('codes.revoke')}: ${code.hint}`}
                onClick={() => setAsking(code)}
              >
                {t('codes.revoke')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {codes.length > shown.length ? (
        <Button small onClick={() => setAll(true)}>
          {t('codes.more', { count: codes.length })}
        </Button>
      ) : null}
      {asking ? (
        <Confirm
          title={t('codes.revokeTitle', { hint: asking.hint })}
          text={t('codes.revokeText')}
          yes={t('codes.revoke')}
          onYes={async () => {
            await call<typeof revokeCode>('post', '/api/access-codes/:id/revoke', {
              params: { id: asking.id },
              body: {},
            });
            await reload();
          }}
          onClose={() => setAsking(null)}
        />
      ) : null}
    </>
  );
}
