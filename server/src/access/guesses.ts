/** Limits on guessing: per address, per device, and an alarm for the whole server. */
import { AppError } from '#contract/errors.ts';
import { tellOperator } from '../notifications/operator.ts';
import { limitKey } from '../platform/address.ts';
import { audit } from '../platform/audit.ts';
import { isAnyOver, makeLimiter } from '../platform/limits.ts';
import type { Platform } from '../platform/platform.ts';

/** Wrong codes that one address or one device may enter in ten minutes. */
const TRIES = 5;
const WINDOW_SECONDS = 600;
/** Wrong codes on the whole server in ten minutes that make the operator look. */
const ALARM_LEVEL = 300;
/** The operator gets at most one mail of it in this time, however long it lasts. */
const MAIL_SECONDS = 3600;

export type Guesses = {
  /** Throws code.too_many_tries. */
  check(address: string, device: string | null): Promise<void>;
  /** Counts a wrong code. Throws code.too_many_tries where that was one too many. */
  wrong(address: string, device: string | null, error: string): Promise<void>;
};

export function makeGuesses({
  config,
  redis,
  log,
  metrics,
  db,
}: Omit<Platform, 'sockets' | 'prisma' | 'media'>): Guesses {
  const window = { seconds: WINDOW_SECONDS };
  const byAddress = makeLimiter(config, redis, { name: 'code-address', points: TRIES, ...window });
  const byDevice = makeLimiter(config, redis, { name: 'code-device', points: TRIES, ...window });
  const everywhere = makeLimiter(config, redis, { name: 'code-server', points: ALARM_LEVEL, ...window });
  const alarmed = makeLimiter(config, redis, { name: 'code-alarm', points: 1, ...window });

  const mailed = makeLimiter(config, redis, { name: 'code-alarm-mail', points: 1, seconds: MAIL_SECONDS });

  async function alarm(): Promise<void> {
    if (!(await alarmed.use('all'))) return;
    metrics.guessingAlarms.inc();
    log.warn(
      { level: ALARM_LEVEL, windowSeconds: WINDOW_SECONDS },
      'many wrong access codes: somebody may be guessing',
    );
    const mail = await mailed.use('all');
    // Also the hour is counted once: without Redis each process has a limit of its own.
    const key = String(Math.floor(Date.now() / (MAIL_SECONDS * 1000)));
    await db.transaction(async (tx) => {
      await audit(tx, {
        kind: 'code.guessing_alarm',
        actor: 'system',
        subject: 'server',
        details: { level: ALARM_LEVEL },
      });
      const data = { wrong: ALARM_LEVEL, minutes: WINDOW_SECONDS / 60 };
      if (mail) await tellOperator(tx, { event: 'operator.guessing', key, data });
    });
  }

  return {
    async check(address, device) {
      const keys = [[byAddress, limitKey(address)] as const];
      if (device !== null) keys.push([byDevice, device]);
      if (await isAnyOver(redis, keys)) throw new AppError('code.too_many_tries');
    },
    async wrong(address, device, error) {
      metrics.wrongCodes.inc({ error });
      const [addressLeft, deviceLeft, serverLeft] = await Promise.all([
        byAddress.use(limitKey(address)),
        device === null ? true : byDevice.use(device),
        everywhere.use('all'),
      ]);
      if (!serverLeft) await alarm().catch((cause: unknown) => log.warn({ err: cause }, 'the alarm was not written'));
      if (!addressLeft || !deviceLeft) throw new AppError('code.too_many_tries');
    },
  };
}
