/** Media's HTTP side, on loopback behind Nginx: playlists, and parts that are asked for before they are made. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { limitKey } from '#contract/address.ts';
import { AppError, type ErrorCode } from '#contract/errors.ts';
import type { Grant } from '#contract/grant.ts';
import type { Revocation } from '#contract/media-port.ts';
import type { Rendition } from '../packager/rendition.ts';
import { TARGET_DURATION_S } from '../packager/rules.ts';
import type { Show } from '../shows/show.ts';
import { cookieValues, refusal, sessionId } from './gate.ts';
import { serveHeldPart } from './held.ts';
import { isAbsurd, isThere, readDirectives, type Wanted } from './reload.ts';
import { masterPlaylist, mediaPlaylist, type PlaylistForm } from './render.ts';

/** RFC 8216bis: a blocked request is given up after three target durations. */
const MAX_BLOCK_MS = 3 * TARGET_DURATION_S * 1000;
/** While the encoder is away nothing will come soon: the player gets the playlist as it is. */
const LOST_BLOCK_MS = 5000;
/** How long a first request waits for the first part. */
const START_BLOCK_MS = 5000;
/** How long it then waits for the first transcoded part. */
const ENCODER_BLOCK_MS = 1500;
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const HLS = /^\/hls\/(?:g\/([\w.-]{1,1024})\/)?(shw_[0-9a-z]{26})\/([\w-]{1,32})\.m3u8$/;

export type PlaylistServerOptions = {
  readonly shows: ReadonlyMap<string, Show>;
  readonly revocations: () => readonly Revocation[];
  readonly readGrant: (token: string) => Grant | null;
  readonly grantCookie: string;
  readonly mediaDir: string;
  /** Length of a part, milliseconds. */
  readonly partMs: number;
  /** With so many viewers on the machine, newcomers get playlists without parts. */
  readonly lowLatencyViewers: number;
  /** `/control/…`; false where the path is not known there either. */
  readonly control: (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
};

type Directives = { readonly wanted: Wanted | null; readonly form: PlaylistForm; readonly zipped: boolean };
type Visit = { readonly show: Show; readonly grant: Grant; readonly key: string; readonly sid: string };

/** With its length, without which it would go out in chunks, and Nginx would compress it as if it were long. */
function send(response: ServerResponse, status: number, type: string, body: Buffer, more = {}): void {
  const headers = { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store', ...more };
  response.writeHead(status, headers).end(body);
}

function fail(response: ServerResponse, code: ErrorCode): void {
  const error = new AppError(code);
  send(response, error.status, 'application/json', Buffer.from(JSON.stringify(error)));
}

/** The rendered playlist of each rendition, made and compressed once for all who wait for it. */
const rendered = new WeakMap<Rendition, { version: number; bodies: Map<string, Buffer> }>();

function playlistBody(rendition: Rendition, form: PlaylistForm, zipped: boolean): Buffer {
  const known = rendered.get(rendition);
  const { version } = rendition;
  const bodies = known?.version === version ? known.bodies : new Map<string, Buffer>();
  if (known?.bodies !== bodies) rendered.set(rendition, { version, bodies });
  const name = `${form.plain} ${form.skip} ${zipped}`;
  const made = () =>
    zipped ? gzipSync(playlistBody(rendition, form, false)) : Buffer.from(mediaPlaylist(rendition, form));
  const body = bodies.get(name) ?? made();
  bodies.set(name, body);
  return body;
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

/** Starts no listener: the caller listens and closes. */
export function createPlaylistServer(options: PlaylistServerOptions): Server {
  const { shows } = options;

  function gate(show: Show, grant: Grant | null): ErrorCode | null {
    const { showId, audience, paused } = show.wanted;
    return refusal(grant, { showId, audience, paused }, options.revocations(), Date.now());
  }

  function grantOf(request: IncomingMessage, showId: string, fromPath: string | undefined): Grant | null {
    if (fromPath !== undefined) return options.readGrant(fromPath);
    const grants = cookieValues(request.headers.cookie, options.grantCookie).map(options.readGrant);
    return grants.find((grant) => grant?.show === showId) ?? null;
  }

  /** Latency is shed before picture: a playlist without parts costs a tenth of the requests. */
  function isCrowded(): boolean {
    const nowMs = Date.now();
    let present = 0;
    for (const show of shows.values()) present += show.sessions.byForm(nowMs).lowLatency;
    return present > options.lowLatencyViewers;
  }

  /** Lets the request in, or throws the `AppError` that says why not. */
  function enter(request: IncomingMessage, match: RegExpExecArray, query: URLSearchParams): Visit {
    const [, fromPath, showId = '', name] = match;
    const show = shows.get(showId);
    const grant = grantOf(request, showId, fromPath);
    if (!show) throw new AppError(grant?.show === showId ? 'show.not_started' : 'grant.required');
    const code = gate(show, grant);
    if (code || !grant) throw new AppError(code ?? 'grant.required');
    const address = header(request, 'x-real-ip') || (request.socket.remoteAddress ?? '');
    const sid =
      name === 'master'
        ? randomBytes(16).toString('base64url')
        : sessionId(query.get('sid'), grant, address, header(request, 'user-agent'));
    const admission = show.sessions.admit(grant, sid, limitKey(address), show.wanted.viewerLimit, Date.now());
    if (!admission.ok) throw new AppError(admission.code);
    return { show, grant, key: admission.key, sid };
  }

  const stillAllowed = ({ show, grant, key }: Visit): ErrorCode | null =>
    gate(show, grant) ?? (show.sessions.isEvicted(key) ? 'code.taken_over' : null);

  /** Waits until `ready`, or until the visit is no longer allowed: then it throws why. */
  async function hold(visit: Visit, ready: () => boolean, timeoutMs: number): Promise<boolean> {
    const { show, key } = visit;
    if (ready()) return true;
    show.sessions.hold(key, true, Date.now());
    try {
      await show.until(() => ready() || stillAllowed(visit) !== null, timeoutMs);
    } finally {
      show.sessions.hold(key, false, Date.now());
    }
    const code = stillAllowed(visit);
    if (code) throw new AppError(code);
    return ready();
  }

  async function master(visit: Visit, response: ServerResponse): Promise<void> {
    const { show } = visit;
    await hold(visit, () => show.renditions[0]?.segments[0] !== undefined, START_BLOCK_MS);
    // A player never asks again which renditions there are, so the encoder gets a moment to begin.
    await hold(visit, () => show.offered.every((rendition) => rendition.segments.length > 0), ENCODER_BLOCK_MS);
    const playable = show.offered.filter((rendition) => rendition.info && rendition.segments.length > 0);
    if (playable.length === 0) throw new AppError('show.not_started');
    send(response, 200, PLAYLIST_TYPE, Buffer.from(masterPlaylist(playable, visit.sid, isCrowded())));
  }

  async function media(
    visit: Visit,
    rendition: Rendition,
    { wanted, form, zipped }: Directives,
    response: ServerResponse,
  ): Promise<void> {
    if (wanted && isAbsurd(rendition, wanted)) throw new AppError('request.invalid');
    const { show } = visit;
    // hls.js calls a playlist without a whole segment empty, and asks again only after a pause.
    const first = () => rendition.segments.some(({ state }) => state !== 'open' || (wanted !== null && !form.plain));
    const present = () => first() && (!wanted || rendition.ended || isThere(rendition, wanted));
    const arrived = await hold(visit, present, show.state === 'lost' ? LOST_BLOCK_MS : MAX_BLOCK_MS);
    if (!first() || !(arrived || show.state === 'lost')) throw new AppError('unavailable');
    // Nginx would compress the same bytes for each viewer anew.
    const encoded = zipped ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {};
    send(response, 200, PLAYLIST_TYPE, playlistBody(rendition, form, zipped), encoded);
  }

  async function playlist(
    match: RegExpExecArray,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const visit = enter(request, match, url.searchParams);
    if (match[3] === 'master') return master(visit, response);
    const rendition = visit.show.renditions.find((candidate) => candidate.name === match[3]);
    if (!rendition) throw new AppError('not_found');
    const directives = { ...directivesOf(url), zipped: takesGzip(request) };
    visit.show.sessions.reads(visit.key, rendition.name, directives.form.plain);
    return media(visit, rendition, directives, response);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://media');
    const match = HLS.exec(url.pathname);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (match && reads) return playlist(match, url, request, response);
    if (url.pathname.startsWith('/media/') && reads && (await serveHeldPart(options, url, request, response))) return;
    if (url.pathname.startsWith('/control/') && (await options.control(url.pathname, request, response))) return;
    throw new AppError('not_found');
  }

  return createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      if (!(error instanceof AppError)) options.onError(error);
      fail(response, error instanceof AppError ? error.code : 'internal');
    });
  });
}

const takesGzip = (request: IncomingMessage) =>
  /\bgzip\b(?!\s*;\s*q=0(?![.\d]*[1-9]))/.test(header(request, 'accept-encoding'));

function directivesOf(url: URL): Omit<Directives, 'zipped'> {
  const form = { plain: url.searchParams.has('plain'), skip: url.searchParams.has('_HLS_skip') };
  try {
    return { wanted: readDirectives(url.searchParams), form };
  } catch {
    throw new AppError('request.invalid');
  }
}
