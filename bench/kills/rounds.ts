/** One kill while somebody watches: what the screen showed, and when everything was back. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Obs } from '../../test/kit/obs.ts';
import type { processTree } from '../../test/kit/process-tree.ts';
import { longestGap } from '../../test/kit/screen.ts';
import { until } from '../lib/process.ts';
import type { Viewer } from '../lib/viewer.ts';

export const VICTIMS = ['media', 'nginx', 'transcoder, source watched', 'transcoder, its rendition watched'] as const;
export type Victim = (typeof VICTIMS)[number];

export type Round = {
  readonly victim: Victim;
  /** Longest time between two new frames, milliseconds; as long as was waited where none came. */
  readonly gapMs: number;
  /** For media: from the encoder's return to a picture that plays on, milliseconds. */
  readonly afterReturnMs: number | null;
  readonly afterKillMs: number | null;
  /** The picture came back without a reload. */
  readonly healed: boolean;
};

export type Scene = {
  readonly viewer: Viewer;
  readonly encoder: Obs;
  readonly tree: ReturnType<typeof processTree>;
  readonly url: string;
};

const BACK_LIMIT_MS = 60_000;
/** Longer than what the player has ahead (1 to 2 s): by then the screen shows what the kill did, milliseconds. */
const SETTLE_MS = 6_000;
/** Frames from before the kill that belong to its first gap, milliseconds. */
const BEFORE_MS = 500;

const isService = (victim: Victim): victim is 'media' | 'nginx' => victim === 'media' || victim === 'nginx';

async function victimPid({ tree }: Scene, victim: Victim): Promise<number> {
  if (isService(victim)) return tree.main(victim).pid;
  return until('a transcoder', BACK_LIMIT_MS, () => tree.encoders()[0]?.pid ?? null);
}

/** Resolves once another process does the work; for media with the time at which it took the encoder again. */
async function back(scene: Scene, victim: Victim, pid: number, killedMs: number): Promise<number | null> {
  const { tree, encoder, url } = scene;
  if (victim === 'media') return encoder.acceptedSince(killedMs, BACK_LIMIT_MS);
  await until(`${victim} to be back`, BACK_LIMIT_MS, async () => {
    if (!isService(victim)) return tree.encoders().some((one) => one.pid !== pid) || null;
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    return answer?.ok || null;
  });
  return null;
}

/** Kills `victim` after `delayMs` of steady playing, and watches until it plays again. The picture has to play. */
export async function playRound(scene: Scene, victim: Victim, delayMs: number): Promise<Round> {
  const { screen, page, choose } = scene.viewer;
  await choose(victim === 'transcoder, its rendition watched' ? 'lowest' : 'highest');
  await screen.playing(Date.now(), BACK_LIMIT_MS);
  await wait(delayMs);
  const bornMs = await screen.bornMs();
  const pid = await victimPid(scene, victim);
  const killedMs = Date.now();
  process.kill(pid, 'SIGKILL');
  const acceptedMs = await back(scene, victim, pid, killedMs);
  try {
    const played = acceptedMs === null ? null : await screen.playing(acceptedMs, BACK_LIMIT_MS);
    await wait(Math.max(0, killedMs + SETTLE_MS - Date.now()));
    const end = await screen.playing(Date.now() - BEFORE_MS, BACK_LIMIT_MS);
    const frames = (await screen.framesSince(killedMs - BEFORE_MS)).filter(({ atMs }) => atMs <= end.atMs);
    return {
      victim,
      gapMs: longestGap(frames),
      afterReturnMs: played && acceptedMs !== null ? played.atMs - acceptedMs : null,
      afterKillMs: played ? played.atMs - killedMs : null,
      healed: (await screen.bornMs()) === bornMs,
    };
  } catch {
    await page.reload();
    await screen.playing(Date.now(), BACK_LIMIT_MS);
    return { victim, gapMs: Date.now() - killedMs, afterReturnMs: null, afterKillMs: null, healed: false };
  }
}
