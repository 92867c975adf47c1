/** What twenty streams with a viewer each cost in processor time, beside nginx's RTMP module. */
import { startChannels } from './cpu/channels.ts';
import { decodeAll, type Kept, keepPeers } from './cpu/decode.ts';
import { type Peer, startPeer } from './cpu/peer.ts';
import { CLIP_WORDS } from './cpu/publishers.ts';
import { ourSide, percent, type Side, stretch, type Window } from './cpu/stretch.ts';
import { orderForPeer } from './cpu/watch.ts';
import { removeScratch, scratch } from './lib/nginx.ts';
import { until } from './lib/process.ts';
import { type Findings, type Options, ratio, thousands } from './lib/result.ts';
import { median } from './lib/stats.ts';

const STREAMS = 20;
const ROUNDS = 5;
const WINDOW_SECONDS = 60;
const QUICK_SECONDS = 10;
const PEER_LIVE_LIMIT_MS = 30_000;
const TARGET = 1.5;

function peerSide(peer: Peer): Side {
  const names = Array.from({ length: STREAMS }, (_, n) => `s${n}`);
  return {
    urls: names.map(peer.rtmpUrl),
    roots: { nginx: [peer.pid] },
    ready: async () => {
      const base = `http://127.0.0.1:${peer.httpPort}`;
      await until('the playlists of the other side', PEER_LIVE_LIMIT_MS, async () => {
        const answers = await Promise.all(names.map((name) => fetch(base + peer.playlist(name))));
        return answers.every((answer) => answer.ok) ? true : null;
      });
      return orderForPeer(peer, names);
    },
    keep: async (folder) => keepPeers(peer, names, folder),
  };
}

const perStream = (windows: readonly Window[]) => {
  const share = median(windows.map((one) => one.total)) / STREAMS;
  return `${percent(share)} of a core a stream`;
};

function describe(windows: readonly Window[]): string {
  const names = Object.keys(windows[0]?.parts ?? {});
  const used = names.filter((name) => windows.some((one) => (one.parts[name] ?? 0) > 0));
  const each = used.map((name) => `${name} ${windows.map((one) => percent(one.parts[name] ?? 0)).join(' · ')}`);
  return each.join('; ');
}

function traffic(windows: readonly Window[]): string {
  const sum = (key: 'playlists' | 'files' | 'bytes' | 'failed') =>
    windows.reduce((total, { watched }) => total + watched[key], 0);
  return `${thousands(sum('playlists'))} playlists, ${thousands(sum('files'))} files, ${thousands(sum('bytes') / 1e6)} MB, ${sum('failed')} failed`;
}

/** Both in turns: each turn its own encoders and viewers, the other side idle. */
async function turns(options: Options, us: Side, peer: Side, folder: string) {
  const seconds = options.quick ? QUICK_SECONDS : (options.seconds ?? WINDOW_SECONDS);
  const rounds = options.quick ? 1 : ROUNDS;
  const ours: Window[] = [];
  const theirs: Window[] = [];
  const kept: Kept[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? ([us, peer] as const) : ([peer, us] as const);
    for (const side of order) {
      const done = await stretch(side, seconds, round === rounds - 1 ? folder : null);
      (side === us ? ours : theirs).push(done);
      kept.push(...done.kept);
      for (const failure of done.watched.failures) options.say(`failed: ${failure}`);
    }
    const [mine, other] = [ours[round]?.total ?? 0, theirs[round]?.total ?? 1];
    options.say(
      `round ${round + 1}: ours ${percent(mine)}, beside ${percent(other)} of a core: ${ratio(mine / other)}`,
    );
  }
  return { seconds, ours, theirs, kept };
}

/** Ours against libnginx-mod-rtmp with HLS on: CPU of everything that carries media. */
export async function cpu(options: Options): Promise<Findings> {
  const folder = scratch('kept');
  const channels = await startChannels(STREAMS, { STAGEDOOR_LADDER: 'off', STAGEDOOR_GRACE_SECONDS: '1800' });
  let peer: Peer | null = null;
  try {
    const { windowSeconds } = channels.install.settings;
    peer = await startPeer(windowSeconds);
    const { seconds, ours, theirs, kept } = await turns(options, ourSide(channels, STREAMS), peerSide(peer), folder);
    const ratios = ours.map((one, i) => one.total / (theirs[i]?.total ?? 1));
    const decoded = await decodeAll(kept.filter((one) => one.ours));
    const beside = await decodeAll(kept.filter((one) => !one.ours));
    for (const complaint of [...decoded.complaints, ...beside.complaints]) options.say(`ffmpeg: ${complaint}`);
    const failed = ours.reduce((sum, one) => sum + one.watched.failed, 0);
    return {
      rows: [
        {
          what: `CPU of ${STREAMS} streams with a viewer each, median of ${ours.length}`,
          measured: `${ratio(median(ratios))} × (${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}): ${perStream(ours)}`,
          beside: perStream(theirs),
          target: `≤ ${TARGET} ×`,
          reached: median(ratios) <= TARGET,
        },
        { what: 'requests that failed', measured: String(failed), beside: '', target: '0', reached: failed === 0 },
        {
          what: 'streams decoded afterwards; complaints of ffmpeg',
          measured: `${decoded.streams} (${thousands(decoded.frames)} frames); ${decoded.complaints.length}`,
          beside: `${beside.streams} (${thousands(beside.frames)} frames); ${beside.complaints.length}`,
          target: '0',
          reached: decoded.complaints.length === 0,
        },
      ],
      notes: [
        `${ours.length} interleaved stretches of ${seconds} s of each side, the other idle: ${STREAMS} ffmpeg with \`-c copy\` (${CLIP_WORDS}); user and system time from /proc, ended children included; encoders and viewers are not counted. Window ${windowSeconds} s on both sides.`,
        `Stretch by stretch, ratio: ${ratios.map(ratio).join(' · ')}. Shares of a core, ours: ${describe(ours)}; beside: ${describe(theirs)}. Media’s ended children draw the live pictures: all shows’ at once, every 120 s. The first stretch begins with a process that has just started.`,
        `Ours: the default install with the ladder off; viewers over Nginx with blocking reload, fetching every part of ${channels.install.settings.partMilliseconds} ms: ${traffic(ours)}.`,
        `Beside: libnginx-mod-rtmp, HLS on, fragments of 2 s, open files; viewers fetch the playlist every 2 s and each segment: ${traffic(theirs)}.`,
      ],
    };
  } finally {
    await peer?.stop();
    await channels.stop();
    removeScratch(folder);
  }
}
