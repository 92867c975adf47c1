import { useEffect, useState } from 'react';
import { loadShop } from '../api/shop.ts';

/** True where payments go to the stand-in, on pages that are about no channel. */
export function useStandIn(): boolean {
  const [standIn, setStandIn] = useState(false);
  useEffect(() => {
    loadShop().then(
      (shop) => setStandIn(shop.standIn),
      () => undefined,
    );
  }, []);
  return standIn;
}
