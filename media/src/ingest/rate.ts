/** Counts events in windows of a second; answers false once a window has more than `perSecond`. */
export function createRateGate(perSecond: number): () => boolean {
  let windowStart = 0;
  let count = 0;
  return () => {
    const now = performance.now();
    if (now - windowStart >= 1000) {
      windowStart = now;
      count = 0;
    }
    count += 1;
    return count <= perSecond;
  };
}
