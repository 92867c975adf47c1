import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import { HealthReport } from '#contract/health.ts';
import type { Log } from './log.ts';

const WAKE_TIMEOUT_MS = 1000;
const HEALTH_TIMEOUT_MS = 2000;

/** Our end of the port: asks media to sync now. */
export type MediaPort = {
  /** Returns at once. A wake that is lost does no harm: media syncs each second. */
  wake(): void;
  /** True where media answers. */
  alive(): Promise<boolean>;
  /**
   * How a running show does now, and what came after `sinceMs` (Unix). null where media does not carry the show.
   * Throws unavailable where media is away.
   */
  health(showId: string, sinceMs: number): Promise<HealthReport | null>;
};

/** Talks to media over loopback with the bearer secret. */
export function openMedia(config: Config, log: Log): MediaPort {
  const base = `http://127.0.0.1:${config.mediaPort}/control`;
  const headers = { authorization: `Bearer ${config.secrets.mediaSecret}` };
  const post = () =>
    fetch(`${base}/wake`, {
      method: 'POST',
      headers,
      signal: AbortSignal.timeout(WAKE_TIMEOUT_MS),
    });
  return {
    wake() {
      post().then(
        (reply) => reply.body?.cancel(),
        (error) => log.debug({ err: error }, 'media did not hear the wake'),
      );
    },
    async alive() {
      try {
        const reply = await post();
        await reply.body?.cancel();
        return reply.ok;
      } catch {
        return false;
      }
    },
    async health(showId, sinceMs) {
      const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
      try {
        const reply = await fetch(`${base}/shows/${showId}/health?since=${sinceMs}`, { headers, signal });
        const text = await reply.text();
        if (reply.status === 404) return null;
        if (!reply.ok) throw new Error(`media answered ${reply.status}`);
        return HealthReport.parse(JSON.parse(text));
      } catch (error) {
        log.debug({ err: error }, 'media did not tell the health of a show');
        throw new AppError('unavailable', { part: 'media' });
      }
    },
  };
}
