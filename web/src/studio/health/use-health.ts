import { useEffect, useState } from 'react';
import type { ShowId } from '#contract/ids.ts';
import { followHealth, type Health, NO_HEALTH } from './follow-health.ts';

/** How a running show's stream is doing, asked once a second; nothing while `showId` is null. */
export function useHealth(showId: ShowId | null): Health {
  const [health, setHealth] = useState<Health>(NO_HEALTH);
  useEffect(() => {
    setHealth(NO_HEALTH);
    if (showId) return followHealth(showId, setHealth);
    return undefined;
  }, [showId]);
  return health;
}
