import type { Config } from '#config/index.ts';
import type { Log } from './log.ts';

const WAKE_TIMEOUT_MS = 1000;

/** Our end of the port: asks media to sync now. */
export type MediaPort = {
  /** Returns at once. A wake that is lost does no harm: media syncs each second. */
  wake(): void;
  /** True where media answers. */
  alive(): Promise<boolean>;
};

/** Talks to media over loopback with the bearer secret. */
export function openMedia(config: Config, log: Log): MediaPort {
  const post = () =>
    fetch(`http://127.0.0.1:${config.mediaPort}/control/wake`, {
      method: 'POST',
      headers: { authorization: `Bearer ${config.secrets.mediaSecret}` },
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
  };
}
