import { useEffect, useState } from 'react';

/** A fault shorter than this is nobody's business, milliseconds. */
const PATIENCE_MS = 2500;

/** `offline` when the device has no network, `away` when the server has not answered for a while. */
export function useNetwork(away: boolean): 'offline' | 'away' | null {
  const [online, setOnline] = useState(navigator.onLine);
  const [longAway, setLongAway] = useState(false);
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine);
    window.addEventListener('online', changed);
    window.addEventListener('offline', changed);
    return () => {
      window.removeEventListener('online', changed);
      window.removeEventListener('offline', changed);
    };
  }, []);
  useEffect(() => {
    setLongAway(false);
    if (!away) return;
    const timer = setTimeout(() => setLongAway(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [away]);
  if (!online) return 'offline';
  return longAway ? 'away' : null;
}
