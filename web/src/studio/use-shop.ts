import { useEffect, useState } from 'react';
import { loadShop, type Shop } from '../api/shop.ts';

const AGAIN_MS = 5000;

/** The server's currency, how it taxes, and whether money moves; null until it is known. */
export function useShop(channel: string): Pick<Shop, 'currency' | 'tax' | 'standIn'> | null {
  const [shop, setShop] = useState<Shop | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    const load = async () => {
      try {
        const loaded = await loadShop(channel);
        if (!stopped) setShop(loaded);
      } catch {
        if (!stopped) timer = setTimeout(load, AGAIN_MS);
      }
    };
    void load();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [channel]);
  return shop;
}
