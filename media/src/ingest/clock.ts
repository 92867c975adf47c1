/** Carries RTMP's 32-bit milliseconds past their wrap: of all readings the one nearest to the last is meant. */
export function createClock(): (timestamp: number) => number {
  let last: number | null = null;
  return (timestamp) => {
    last = last === null ? timestamp : last + ((timestamp - last) | 0);
    return last;
  };
}
