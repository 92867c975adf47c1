/** Starts one viewer a stream, outside of what is measured. */
import { fileURLToPath } from 'node:url';
import { cookieNames, signGrant } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import { run } from '../lib/process.ts';
import type { Channels } from './channels.ts';
import type { Peer } from './peer.ts';

export type WatchOrder = {
  readonly kind: 'low' | 'plain';
  readonly port: number;
  readonly streams: readonly { readonly path: string; readonly cookie: string }[];
};
export type WatchReport = {
  readonly playlists: number;
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
  readonly failures: readonly string[];
};
export type Watchers = { stop(): Promise<WatchReport> };

const GRANT_MS = 6 * 3_600_000;

/** The `Cookie` header that opens a show. */
export function grantCookie({ install }: Channels, showId: string, viewer: string): string {
  const issuedMs = Date.now();
  const grant = signGrant(install.secrets.grantSecret, {
    viewer,
    device: `device_${viewer}`,
    show: showId as ShowId,
    role: 'viewer',
    maxDevices: 2,
    issuedMs,
    untilMs: issuedMs + GRANT_MS,
  });
  return `${cookieNames(install.settings.installId, false).grant}=${grant}`;
}

export function orderForUs(channels: Channels, shows: readonly string[]): WatchOrder {
  const streams = shows.map((show, n) => ({
    path: `/hls/${show}/master.m3u8`,
    cookie: grantCookie(channels, show, `bench_${n}`),
  }));
  return { kind: 'low', port: channels.install.settings.httpPort, streams };
}

export function orderForPeer(peer: Peer, names: readonly string[]): WatchOrder {
  const streams = names.map((name) => ({ path: peer.playlist(name), cookie: '' }));
  return { kind: 'plain', port: peer.httpPort, streams };
}

export function startWatchers(order: WatchOrder): Watchers {
  const script = fileURLToPath(new URL('watchers.ts', import.meta.url));
  const watchers = run(process.execPath, [script], { env: { ...process.env, BENCH_WATCH: JSON.stringify(order) } });
  let printed = '';
  watchers.child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  return {
    stop: async () => {
      await watchers.stop();
      if (!printed) throw new Error(`the viewers said nothing: ${watchers.stderr()}`);
      return JSON.parse(printed) as WatchReport;
    },
  };
}
