/** Requests that wait for something to change. */
export type Waiters = {
  /** Resolves true once `ready` holds, false after `timeoutMs`. Checked at each wake. */
  until(ready: () => boolean, timeoutMs: number): Promise<boolean>;
  /** Lets everybody who waits look again. */
  wake(): void;
};

export function createWaiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    async until(ready, timeoutMs) {
      if (ready()) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const check = () => {
        if (ready()) resolve(true);
      };
      const timer = setTimeout(() => resolve(false), timeoutMs);
      waiting.add(check);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(check);
      }
    },
    wake() {
      for (const check of waiting) check();
    },
  };
}
