import { pino } from 'pino';

/** JSON lines on standard output. */
export const createLog = (level: string) => pino({ level, base: { process: 'media' } });
export type Log = ReturnType<typeof createLog>;
