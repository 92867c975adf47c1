import { useEffect } from 'react';
import type { NoticeView } from '../api/account.ts';
import { listenToMe } from '../realtime/me.ts';
import { refreshMe, setUnread } from './me.ts';

const listeners = new Set<(notice: NoticeView) => void>();

/** Keeps the badge true while somebody is signed in. A notice mostly means that the balance moved, too. */
export function useNoticeSocket(signedIn: boolean): void {
  useEffect(() => {
    if (!signedIn) return;
    return listenToMe(
      ({ notice, unread }) => {
        setUnread(unread);
        for (const listener of listeners) listener(notice);
        void refreshMe();
      },
      () => undefined,
    );
  }, [signedIn]);
}

/** Hears of each new notice on this page. */
export function useNewNotice(onNotice: (notice: NoticeView) => void): void {
  useEffect(() => {
    listeners.add(onNotice);
    return () => {
      listeners.delete(onNotice);
    };
  }, [onNotice]);
}
