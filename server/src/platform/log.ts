import type { Logger } from 'pino';
import { pino } from 'pino';

export type Log = Logger;

/** Nothing that opens anything may be written: these paths are blanked wherever an object is logged. */
const REDACTED = [
  'password',
  'code',
  'key',
  'cookie',
  'authorization',
  'body',
  'token',
  'grant',
  '*.password',
  '*.key',
  '*.cookie',
  '*.authorization',
  '*.token',
  'req.headers',
  'err.sql',
  'err.parameters',
  'err.config',
];

/** JSON lines on stdout, one a thing that happened. */
export function makeLog(level: string, name: string): Log {
  return pino({
    name,
    level,
    base: { name, pid: process.pid },
    redact: { paths: REDACTED, censor: '[hidden]' },
    serializers: { err: safeError },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

/** An error as a log may show it: a driver's message can quote a row, so only its code and number stay. */
export function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const sqlState = 'sqlState' in error;
  const code = 'code' in error ? String(error.code) : undefined;
  const message = sqlState ? 'database error' : error.message.slice(0, 500);
  return { type: error.name, code, message, stack: sqlState ? undefined : error.stack?.slice(0, 2000) };
}
