import { useTranslation } from 'react-i18next';
import { loadNotices, markAllRead, type NoticePage, type NoticeView } from '../../api/account.ts';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import { whenText } from '../../ui/time.ts';
import { useTask } from '../../ui/use-task.ts';
import { setUnread, useMe } from '../me.ts';
import classes from '../page.module.css';
import { useNewNotice } from '../use-notices.ts';
import { usePages } from '../use-pages.ts';
import { ListEnd, Section } from './Section.tsx';

/** Notices, newest first; new ones come by themselves. */
export function Notices() {
  const { t } = useTranslation('account');
  const { unread } = useMe();
  const { busy, problem, run } = useTask();
  const list = usePages<NoticeView, NonNullable<NoticePage['next']>>(async (before) => {
    const page = await loadNotices(before);
    setUnread(page.unread);
    return { items: page.notices, next: page.next };
  });
  useNewNotice(list.reload);
  const readAll = async () => {
    if (await run(async () => setUnread(await markAllRead()))) list.reload();
  };
  return (
    <Section
      title={t('notices.title')}
      aside={
        unread > 0 ? (
          <Button small aria-disabled={busy} onClick={() => void readAll()}>
            {t('notices.read')}
          </Button>
        ) : null
      }
    >
      <Problem text={problem} />
      <ul className={classes['list']} aria-live="polite">
        {list.items?.map((notice) => (
          <li
            key={notice.id}
            className={classes['line']}
            data-notice={notice.id}
            data-read={notice.read ? 'yes' : 'no'}
          >
            <div className={classes['what']}>
              <p className={classes['strong']}>
                {notice.path ? <a href={notice.path}>{notice.title}</a> : notice.title}
              </p>
              <p>{notice.text}</p>
              <p className={classes['quiet']}>{whenText(notice.at)}</p>
            </div>
            {notice.read ? null : <span className={classes['tag']}>{t('notices.unread')}</span>}
          </li>
        ))}
      </ul>
      <ListEnd list={list} none={t('notices.none')} />
      <p>
        <a href="/account/settings#notices">{t('notices.choose')}</a>
      </p>
    </Section>
  );
}
