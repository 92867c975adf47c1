/** Does a stream cost more where there are more of them? */
import { startChannels } from './cpu/channels.ts';
import { CLIP_WORDS } from './cpu/publishers.ts';
import { ourSide, percent, stretch, type Window } from './cpu/stretch.ts';
import { type Findings, type Options, ratio } from './lib/result.ts';
import { median } from './lib/stats.ts';

const COUNTS = [1, 10, 20, 40];
/** Fewer carry the process's own idling, so growth is judged from here … */
const FROM = 10;
/** … to here. */
const TO = 40;
const ROUNDS = 3;
const WINDOW_SECONDS = 30;
const QUICK_SECONDS = 8;
const TARGET = 1.1;

/** CPU a stream, with a viewer each, at rising numbers of streams. */
export async function scaling(options: Options): Promise<Findings> {
  const seconds = options.quick ? QUICK_SECONDS : (options.seconds ?? WINDOW_SECONDS);
  const rounds = options.quick ? 1 : ROUNDS;
  const channels = await startChannels(TO, { STAGEDOOR_LADDER: 'off', STAGEDOOR_GRACE_SECONDS: '1800' });
  try {
    const windows = new Map<number, Window[]>(COUNTS.map((count) => [count, []]));
    for (let round = 0; round < rounds; round++) {
      // Up and down in turn, so that a drift of the machine falls on few and many alike.
      for (const count of round % 2 === 0 ? COUNTS : COUNTS.toReversed()) {
        const window = await stretch(ourSide(channels, count), seconds, null);
        windows.get(count)?.push(window);
        for (const failure of window.watched.failures) options.say(`failed: ${failure}`);
        options.say(`${count} streams: ${percent(window.total / count)} of a core a stream`);
      }
    }
    const share = (count: number, name?: string) =>
      median((windows.get(count) ?? []).map((one) => (name ? (one.parts[name] ?? 0) : one.total))) / count;
    const growth = share(TO) / share(FROM);
    const failed = [...windows.values()].flat().reduce((sum, one) => sum + one.watched.failed, 0);
    return {
      rows: [
        ...COUNTS.map((count) => ({
          what: `CPU a stream, ${count} ${count === 1 ? 'stream' : 'streams'}`,
          measured: `${percent(share(count))} of a core (media ${percent(share(count, 'media'))}, nginx ${percent(share(count, 'nginx'))})`,
          beside: '',
          target: '',
          reached: null,
        })),
        {
          what: `${TO} streams against ${FROM}, a stream`,
          measured: `${ratio(growth)} ×`,
          beside: '',
          target: `≤ ${TARGET} ×`,
          reached: growth <= TARGET,
        },
        { what: 'requests that failed', measured: String(failed), beside: '', target: '0', reached: failed === 0 },
      ],
      notes: [
        `${rounds} stretches of ${seconds} s at each number, median; one low-latency viewer a stream through Nginx; ${CLIP_WORDS}; user and system time of media and Nginx with their children.`,
      ],
    };
  } finally {
    await channels.stop();
  }
}
