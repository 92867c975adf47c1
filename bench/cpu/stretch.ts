/** One stretch of a benchmark of streams: encoders start, viewers come, what the servers use is read, all stop. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Channels } from './channels.ts';
import { type Kept, keepOurs } from './decode.ts';
import { type Publishers, publishTo } from './publishers.ts';
import { treeCpuMs } from './tree.ts';
import { orderForUs, startWatchers, type WatchOrder, type WatchReport } from './watch.ts';

/** Between the last stream's beginning and the window. */
const SETTLE_MS = 6_000;

/** Shares of one core, in all and by kind of process; what children used that ended meanwhile stands apart. */
export type Window = {
  readonly total: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly watched: WatchReport;
};

/** What is measured: where its streams go, and which process trees carry them. */
export type Side = {
  readonly urls: readonly string[];
  readonly roots: Readonly<Record<string, readonly number[]>>;
  /** Waits until all streams can be watched. */
  ready(): Promise<WatchOrder>;
  keep(folder: string): Promise<readonly Kept[]>;
};

/** The first `count` channels of an install. */
export function ourSide(channels: Channels, count: number): Side {
  const live = () => channels.live(count);
  return {
    urls: channels.rtmpUrls.slice(0, count),
    roots: channels.roots,
    ready: async () => orderForUs(channels, await live()),
    keep: async (folder) => keepOurs(channels, await live(), folder),
  };
}

async function measure({ roots }: Side, seconds: number): Promise<Omit<Window, 'watched'>> {
  const now = () =>
    Object.entries(roots).flatMap(([name, pids]) => {
      const { running, ended } = treeCpuMs(pids);
      return [[name, running] as const, [`${name}’s ended children`, ended] as const];
    });
  const before = new Map(now());
  const from = performance.now();
  await wait(seconds * 1000);
  const used = now().map(([name, ms]) => [name, ms - (before.get(name) ?? 0)] as const);
  const elapsed = performance.now() - from;
  const parts = Object.fromEntries(used.map(([name, ms]) => [name, ms / elapsed] as const));
  return { parts, total: Object.values(parts).reduce((sum, share) => sum + share, 0) };
}

/** Runs `during` while all streams are on and watched. */
export async function whileStreaming<T>(side: Side, during: () => Promise<T>): Promise<T & { watched: WatchReport }> {
  let publishers: Publishers | null = await publishTo(side.urls);
  try {
    const watchers = startWatchers(await side.ready());
    await wait(SETTLE_MS);
    const found = await during();
    const watched = await watchers.stop();
    const stopping = publishers;
    publishers = null;
    await stopping.stop();
    return { ...found, watched };
  } finally {
    await publishers?.stop().catch(() => undefined);
  }
}

/** Measures for `seconds`. With `folder`, the files made meanwhile are put aside there. */
export const stretch = (side: Side, seconds: number, folder: string | null) =>
  whileStreaming(side, async () => {
    const used = await measure(side, seconds);
    return { ...used, kept: folder === null ? [] : await side.keep(folder) };
  });

export const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
