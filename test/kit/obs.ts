/**
 * An encoder that comes back by itself as OBS does. libobs/obs-output.c: the first try 2 s after the
 * loss, each further one 1.5 times as long after the one before, 20 tries (25 in OBS's settings), at
 * most 15 minutes apart. OBS adds up to 0.05 to the factor at random; here it is the plain 1.5.
 */
import { type Publisher, publishFile } from './publisher.ts';
import { until } from './until.ts';

const FIRST_RETRY_MS = 2000;
const RETRY_FACTOR = 1.5;
const LONGEST_RETRY_MS = 15 * 60_000;
const MAX_RETRIES = 25;

export type Obs = {
  /** When the server took the stream, Unix milliseconds, oldest first. */
  readonly accepted: readonly number[];
  /** Tries that the server did not take. */
  failedTries(): number;
  /** The network goes away: no goodbye, and no retry until `start`. */
  drop(): Promise<void>;
  /** Sends a clip; what it sent before is dropped. */
  start(file: string): Promise<void>;
  /** The connection stays open and nothing comes any more, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** The first acceptance at or after this instant. Throws after the deadline. */
  acceptedSince(sinceMs: number, timeoutMs: number): Promise<number>;
};

function signal(publisher: Publisher | null, name: NodeJS.Signals): void {
  try {
    if (publisher) process.kill(publisher.pid, name);
  } catch {
    // It has ended by itself.
  }
}

/** Starts nothing until `start`. */
export function obs(rtmpUrl: string, key: string): Obs {
  const accepted: number[] = [];
  let publisher: Publisher | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retries = 0;
  let failed = 0;

  function connect(file: string): void {
    const mine = publishFile(rtmpUrl, key, file);
    publisher = mine;
    let taken = false;
    void mine.accepted.then((atMs) => {
      if (atMs === null) return;
      taken = true;
      retries = 0;
      accepted.push(atMs);
    });
    void mine.ended.then(() => {
      if (publisher !== mine) return;
      publisher = null;
      if (!taken) failed += 1;
      if (retries === MAX_RETRIES) return;
      const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * RETRY_FACTOR ** retries);
      retries += 1;
      timer = setTimeout(() => connect(file), waitMs);
    });
  }

  async function drop(): Promise<void> {
    clearTimeout(timer);
    const gone = publisher;
    publisher = null;
    await gone?.stop();
  }

  return {
    accepted,
    failedTries: () => failed,
    drop,
    async start(file) {
      await drop();
      retries = 0;
      connect(file);
    },
    freeze: () => signal(publisher, 'SIGSTOP'),
    thaw: () => signal(publisher, 'SIGCONT'),
    async acceptedSince(sinceMs, timeoutMs) {
      const found = () => accepted.find((atMs) => atMs >= sinceMs);
      await until(() => found() !== undefined, 'the encoder is accepted again', timeoutMs, 20);
      return found() ?? sinceMs;
    },
  };
}
