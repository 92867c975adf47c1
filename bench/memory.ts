/** What a stream that is passed through costs in memory. */
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Channels, startChannels } from './cpu/channels.ts';
import { CLIP_WORDS } from './cpu/publishers.ts';
import { ourSide, whileStreaming } from './cpu/stretch.ts';
import { treePssBytes } from './cpu/tree.ts';
import type { Findings, Options } from './lib/result.ts';
import { median } from './lib/stats.ts';

const STREAMS = 20;
/** Length of the broadcast, and of the idling before it. */
const STREAM_SECONDS = 300;
const IDLE_SECONDS = 60;
const QUICK_SECONDS = 30;
/** The last looks of a stretch, of which the median counts: a process's memory goes up and down. */
const LOOKS = 9;
const LOOK_EVERY_MS = 2000;
const TARGET_MB = 3;
const TMPFS = 0x01021994;

/** Bytes by name of the service. */
type Memory = Readonly<Record<string, number>>;

/** Files below a folder that lies in memory; on a disk they cost none. */
function tmpfsBytes(folder: string): number {
  if (statfsSync(folder).type !== TMPFS) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

async function look({ install }: Channels): Promise<Memory> {
  const found: Record<string, number> = { tmpfs: tmpfsBytes(install.settings.mediaDir) };
  for (const { name, pid } of await install.processes()) found[name] = (found[name] ?? 0) + treePssBytes([pid ?? 0]);
  return found;
}

async function settled(channels: Channels, seconds: number): Promise<Memory> {
  const looks: Memory[] = [];
  await wait(Math.max(0, seconds * 1000 - LOOKS * LOOK_EVERY_MS));
  for (let n = 0; n < LOOKS; n++) {
    await wait(LOOK_EVERY_MS);
    looks.push(await look(channels));
  }
  const names = Object.keys(looks[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(looks.map((one) => one[name] ?? 0))]));
}

const sum = (memory: Memory) => Object.values(memory).reduce((total, bytes) => total + bytes, 0);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Memory of everything that runs, idle and with many streams. */
export async function memory(options: Options): Promise<Findings> {
  const seconds = options.quick ? QUICK_SECONDS : (options.seconds ?? STREAM_SECONDS);
  const channels = await startChannels(STREAMS, { STAGEDOOR_LADDER: 'off' });
  try {
    const idle = await settled(channels, Math.min(IDLE_SECONDS, seconds));
    const busy = await whileStreaming(ourSide(channels, STREAMS), async () => ({
      memory: await settled(channels, seconds),
    }));
    // A service that gave back what it had used at its start must not pay for another.
    const grown = Object.entries(busy.memory).map(([name, bytes]) => Math.max(0, bytes - (idle[name] ?? 0)));
    const each = grown.reduce((total, bytes) => total + bytes, 0) / STREAMS / 1e6;
    const moved = Object.keys(busy.memory)
      .map((name) => `${name} ${megabytes(idle[name] ?? 0)} → ${megabytes(busy.memory[name] ?? 0)}`)
      .join(', ');
    return {
      rows: [
        {
          what: `memory a stream, ${STREAMS} streams`,
          measured: `${each.toFixed(2)} MB (${megabytes(sum(busy.memory))} in all)`,
          beside: `${megabytes(sum(idle))} idle`,
          target: `≤ ${TARGET_MB} MB`,
          reached: each <= TARGET_MB,
        },
      ],
      notes: [
        `Proportional set size of every process of the install with its children, and its files in tmpfs; median of ${LOOKS} looks, ${LOOK_EVERY_MS / 1000} s apart, at the end of ${seconds} s with the streams on (${CLIP_WORDS}) and a low-latency viewer each. Services that shrank count as unchanged.`,
        `By service: ${moved}.`,
      ],
    };
  } finally {
    await channels.stop();
  }
}
