import { useCallback, useEffect, useState } from 'react';
import { loadShop, type Shop } from '../../api/shop.ts';

const AGAIN_MS = 5000;
/** Warnings about a planned show change as time goes by. */
const EVERY_MS = 120_000;

/** What the channel sells; null until known. Asked again while the page stands. */
export function useShop(slug: string, stale: string): { shop: Shop | null; reload: () => void } {
  const [shop, setShop] = useState<Shop | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    void [stale, round];
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const found = await loadShop(slug).catch(() => null);
      if (stopped) return;
      if (found) setShop(found);
      timer = setTimeout(load, found ? EVERY_MS : AGAIN_MS);
    };
    void load();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [slug, stale, round]);
  return { shop, reload: useCallback(() => setRound((was) => was + 1), []) };
}
