import { destination, pino } from 'pino';

/** JSON lines on standard output. A line that it does not take, because a disk is full, is lost and ends nothing. */
export function createLog(level: string) {
  const output = destination({ fd: 1 });
  output.on('error', () => {});
  return pino({ level, base: { process: 'media' } }, output);
}
export type Log = ReturnType<typeof createLog>;
