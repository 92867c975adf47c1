/** The soak's channels: each with an encoder of its own, and a reader of each rendition. */
import type { ReplyOf } from '#contract/endpoint.ts';
import { cookieNames, signGrant } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import type { currentSession } from '#contract/live-sessions.ts';
import { type Obs, obs } from '../../test/kit/obs.ts';
import type { BenchInstall } from '../lib/bench-install.ts';
import { until } from '../lib/process.ts';
import { type Reader, startReader } from './reader.ts';
import type { SkewMeter } from './skew.ts';

const LIVE_LIMIT_MS = 60_000;
/** Each look at the master playlist is a session of its own. */
const MOST_SESSIONS = 100;
const LOOK_EVERY_MS = 15_000;
const GRANT_MS = 24 * 3600_000;

export type Stream = { readonly slug: string; readonly encoder: Obs; readonly readers: Reader[]; showId: string };

/** Null while the channel has no show that is live. */
export async function liveShow(install: BenchInstall, slug: string): Promise<string | null> {
  const answer = await fetch(`${install.url}/api/live-sessions/current?channel=${slug}`);
  const current = (await answer.json()) as ReplyOf<typeof currentSession>;
  return current.state === 'live' ? current.showId : null;
}

function cookieOf(install: BenchInstall, showId: string): string {
  const { installId, publicUrl } = install.settings;
  const nowMs = Date.now();
  const grant = { viewer: `soak_${showId.slice(-8)}`, device: 'soak', show: showId as ShowId, role: 'viewer' as const };
  const untilMs = nowMs + GRANT_MS;
  const token = signGrant(install.secrets.grantSecret, {
    ...grant,
    maxDevices: MOST_SESSIONS,
    issuedMs: nowMs,
    untilMs,
  });
  return `${cookieNames(installId, publicUrl.startsWith('https:')).grant}=${token}`;
}

/** Names of the renditions that the master playlist offers, the source first. */
async function renditions(origin: string, cookie: string, showId: string): Promise<string[]> {
  const answer = await fetch(`${origin}/hls/${showId}/master.m3u8`, { headers: { cookie } });
  const text = await answer.text();
  return [...text.matchAll(/^([\w-]+)\.m3u8/gm)].map(([, name]) => name ?? '');
}

/** Makes the channels and their keys; nobody publishes yet. */
export async function makeStreams(install: BenchInstall, count: number): Promise<Stream[]> {
  const streams: Stream[] = [];
  for (let n = 1; n <= count; n++) {
    const slug = `soak-${n}`;
    await install.json(['creator', 'add', '--email', `${slug}@example.org`, '--channel', slug, '--name', slug]);
    const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', slug, '--label', 'soak']);
    streams.push({ slug, encoder: obs(install.rtmpUrl, key), readers: [], showId: '' });
  }
  return streams;
}

/** Waits until a stream is live and follows each rendition that it has or gets. Returns stop. */
export async function readStream(install: BenchInstall, stream: Stream, skew: SkewMeter): Promise<() => void> {
  const origin = `http://127.0.0.1:${install.settings.httpPort}`;
  stream.showId = await until(`${stream.slug} to be live`, LIVE_LIMIT_MS, () => liveShow(install, stream.slug));
  const { showId } = stream;
  const cookie = cookieOf(install, showId);
  const followed = new Set<string>();
  /** An encoder that comes back with a higher picture brings renditions that were not there before. */
  async function look(): Promise<number> {
    for (const rendition of await renditions(origin, cookie, showId)) {
      if (followed.has(rendition)) continue;
      followed.add(rendition);
      const measure = rendition === 'source' ? skew.source : skew.transcoded;
      const onSegment: Parameters<typeof startReader>[0]['onSegment'] = (msn, samples) =>
        measure(`${showId} ${msn}`, samples);
      stream.readers.push(startReader({ origin, cookie, showId, rendition, onSegment }));
    }
    return followed.size;
  }
  await until('a master playlist', LIVE_LIMIT_MS, async () => (await look()) || null);
  // Nginx and media may be between two lives.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
