import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { loadNotices, markAllRead, type NoticeView } from '../api/account.ts';
import { listenToMe } from '../realtime/me.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import dialogs from '../ui/dialog.module.css';
import { BellIcon } from '../ui/icons.tsx';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './frame.module.css';
import { dayTime } from './words.ts';

const MOST_SHOWN = 99;

/** Notices: how many are unread, and what they say. New ones come by themselves. */
export function Bell() {
  const { t } = useTranslation('studio');
  const [notices, setNotices] = useState<readonly NoticeView[]>([]);
  const [unread, setUnread] = useState(0);
  const [open, setOpen] = useState(false);
  const { busy, problem, run } = useTask();
  const load = useCallback(async () => {
    const page = await loadNotices(null);
    setNotices(page.notices);
    setUnread(page.unread);
  }, []);
  useEffect(() => {
    // Without an answer the bell has no number; the next notice or look brings one.
    const ask = () => void load().catch(() => undefined);
    ask();
    return listenToMe(({ notice, unread: left }) => {
      setUnread(left);
      setNotices((was) => [notice, ...was.filter(({ id }) => id !== notice.id)]);
    }, ask);
  }, [load]);
  const show = () => {
    setOpen(true);
    void run(load);
  };
  const readAll = () =>
    run(async () => {
      setUnread(await markAllRead());
      setNotices((was) => was.map((notice) => ({ ...notice, read: true })));
    });
  return (
    <>
      <button
        type="button"
        className={classes['bell']}
        aria-label={t('notices.open', { count: unread })}
        onClick={show}
      >
        <BellIcon />
        {unread > 0 ? (
          <span className={classes['count']} data-unread={unread} aria-hidden="true">
            {unread > MOST_SHOWN ? `${MOST_SHOWN}+` : unread}
          </span>
        ) : null}
      </button>
      {open ? (
        <Dialog title={t('notices.heading')} closeName={t('close')} onClose={() => setOpen(false)}>
          <Problem text={problem} />
          {notices.length === 0 ? <p>{t('notices.none')}</p> : null}
          <ul className={classes['notices']} aria-live="polite">
            {notices.map((notice) => (
              <li key={notice.id} data-notice={notice.read ? 'read' : 'new'}>
                <p className={classes['noticeTitle']}>
                  {notice.path ? <a href={notice.path}>{notice.title}</a> : notice.title}
                  {notice.read ? null : <span className={classes['new']}>{t('notices.unread')}</span>}
                </p>
                <p>{notice.text}</p>
                <p className={classes['quiet']}>{dayTime(notice.at)}</p>
              </li>
            ))}
          </ul>
          <p>
            <a href="/account/settings#notices">{t('notices.choose')}</a>
          </p>
          {unread > 0 ? (
            <div className={dialogs['actions']}>
              <Button aria-disabled={busy} onClick={() => void readAll()}>
                {t('notices.readAll')}
              </Button>
            </div>
          ) : null}
        </Dialog>
      ) : null}
    </>
  );
}
