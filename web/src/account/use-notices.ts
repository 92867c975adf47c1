import { useEffect } from 'react';
import { listenToMe } from '../realtime/me.ts';
import { refreshMe, setUnread } from './me.ts';

const listeners = new Set<() => void>();

/** Keeps the badge true while somebody is signed in. A notice mostly means that the balance moved, too. */
export function useNoticeSocket(signedIn: boolean): void {
  useEffect(() => {
    if (!signedIn) return;
    const look = () => {
      for (const listener of listeners) listener();
      void refreshMe();
    };
    return listenToMe(({ unread }) => {
      setUnread(unread);
      look();
    }, look);
  }, [signedIn]);
}

/** Hears when there may be new notices. */
export function useNewNotice(onNotice: () => void): void {
  useEffect(() => {
    listeners.add(onNotice);
    return () => {
      listeners.delete(onNotice);
    };
  }, [onNotice]);
}
