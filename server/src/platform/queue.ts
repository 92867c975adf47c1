/**
 * BullMQ, and the only importer of it. A job says "look now" and nothing else: what there is to do stands in the
 * database, and a sweep finds it too, so Redis may be away, emptied or lost.
 */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Config } from '#config/index.ts';
import type { Log } from './log.ts';

const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MAX_MS = 1000;
/** Longest that closing may take: with Redis away there is nothing to wait for. */
const CLOSE_MS = 300;
const OPTIONS = { removeOnComplete: true, removeOnFail: true } as const;

export type Waker = {
  /** Asks the worker to look now. Never throws and never waits. */
  wake(): void;
  /** Asks the worker to look after a while. The same name again, while it waits, is once. */
  wakeIn(delayMs: number, name: string): void;
  close(): Promise<void>;
};

const prefixOf = (config: Config) => `${config.redisPrefix}queue`;

/** A connection that waits for Redis for ever and says once that it is away: BullMQ must never end the process. */
function connect(config: Config, log: Log, name: string): Redis {
  const connection = new Redis(config.secrets.redisUrl, {
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * times, RECONNECT_MAX_MS),
  });
  let away = false;
  connection.on('error', (error) => {
    if (!away) log.warn({ err: error, queue: name }, 'the queue is away: the sweep works on');
    away = true;
  });
  connection.on('ready', () => {
    if (away) log.info({ queue: name }, 'the queue is back');
    away = false;
  });
  return connection;
}

/** Ends BullMQ's part, then the connection, whether or not Redis answers. */
async function closeBoth(part: { close(): Promise<unknown> }, connection: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([part.close().catch(() => undefined), late]);
  clearTimeout(timer);
  connection.disconnect();
}

/** The side that asks. Connects at the first call. */
export function openWaker(config: Config, log: Log, name: string): Waker {
  let opened: { queue: Queue; connection: Redis } | undefined;
  let closed = false;
  let adding = false;
  let again = false;
  let delaying = false;
  const queue = (): Queue => {
    if (opened) return opened.queue;
    const connection = connect(config, log, name);
    const made = new Queue(name, { connection, prefix: prefixOf(config) });
    made.on('error', () => undefined);
    opened = { queue: made, connection };
    return made;
  };
  const wake = () => {
    if (closed) return;
    // While Redis is away one job waits, not one a call.
    if (adding) {
      again = true;
      return;
    }
    adding = true;
    void queue()
      .add('now', {}, OPTIONS)
      .catch(() => undefined)
      .finally(() => {
        adding = false;
        if (!again) return;
        again = false;
        wake();
      });
  };
  return {
    wake,
    wakeIn(delayMs, jobId) {
      if (closed || delaying) return;
      delaying = true;
      void queue()
        .add('then', {}, { ...OPTIONS, delay: Math.max(0, Math.ceil(delayMs)), jobId })
        .catch(() => undefined)
        .finally(() => {
          delaying = false;
        });
    },
    async close() {
      closed = true;
      if (opened) await closeBoth(opened.queue, opened.connection);
    },
  };
}

/** The side that looks: calls `look` for each job. Returns stop. */
export function listenForWakes(config: Config, log: Log, name: string, look: () => void): () => Promise<void> {
  const connection = connect(config, log, name);
  const worker = new Worker(name, async () => look(), { connection, prefix: prefixOf(config), concurrency: 1 });
  worker.on('error', () => undefined);
  return () => closeBoth({ close: () => worker.close(true) }, connection);
}
