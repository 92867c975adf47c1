import { readFileSync } from 'node:fs';
import { ENDPOINTS } from '#contract/api.ts';
import { cookieNames } from '#contract/grant.ts';
import { health, openApiDocument, ready } from '#contract/system.ts';
import type { Binding } from './platform/http.ts';
import { bind } from './platform/http.ts';
import { openApi } from './platform/openapi.ts';
import type { Platform } from './platform/platform.ts';

/** How long an answer about the other parts is used again, milliseconds: anybody may ask. */
const READY_FOR_MS = 500;

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const holds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );

export function systemRoutes({ config, db, redis, media }: Platform): Binding[] {
  const version = readVersion();
  const sessionCookie = cookieNames(config.installId, config.secure).session;
  const document = openApi(ENDPOINTS, { url: config.publicUrl, sessionCookie });
  const look = async () => {
    const [database, redisThere, mediaThere] = await Promise.all([
      holds(db.row('SELECT 1 AS one')),
      holds(redis.ping()),
      media.alive(),
    ]);
    return { ready: database && redisThere && mediaThere, database, redis: redisThere, media: mediaThere };
  };
  let last = { atMs: 0, answer: look() };
  return [
    bind(health, async () => ({
      ok: true as const,
      version,
      uptimeSeconds: Math.floor(process.uptime()),
      pid: process.pid,
    })),
    bind(ready, async ({ response }) => {
      if (Date.now() - last.atMs > READY_FOR_MS) last = { atMs: Date.now(), answer: look() };
      const answer = await last.answer;
      if (!answer.ready) response.status(503);
      return answer;
    }),
    bind(openApiDocument, async () => document),
  ];
}
