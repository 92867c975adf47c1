/** Replies of the API as the pages' tests need them. */
import type { ReplyOf } from '#contract/endpoint.ts';
import { KeyId, ShowId } from '#contract/ids.ts';
import type { currentSession } from '#contract/live-sessions.ts';
import type { studioOverview } from '#contract/studio.ts';

export type Current = ReplyOf<typeof currentSession>;

export const SHOW = ShowId.parse('shw_0123456789abcdefghjkmnpqrs');
const KEY = KeyId.parse('key_0123456789abcdefghjkmnpqrs');
const HOUR_MS = 3_600_000;

/** An instant some hours from now. */
export const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();

/** What `/current` says; a show that runs unless told otherwise, and no access. */
export function current(change: Partial<Current> = {}): Current {
  return {
    state: 'live',
    showId: SHOW,
    title: 'Late set from the studio',
    test: false,
    access: false,
    accessBy: null,
    ways: [{ way: 'code', has: false, priceMinor: 499, priceTokens: null }],
    currency: 'eur',
    ticketPrice: null,
    signedIn: false,
    accessLost: null,
    accessUntil: null,
    secondsLeft: null,
    hlsUrl: null,
    nativeUrl: null,
    grant: null,
    thumbnail: null,
    viewers: 42,
    viewerLimit: 100,
    startsAt: null,
    startedAt: inHours(-1),
    reconnectUntil: null,
    channel: { slug: 'demo', name: 'Mara Voss', bio: 'Piano, tape loops and long nights. Live every Friday.' },
    serverTime: new Date().toISOString(),
    version: 1,
    ...change,
  };
}

/** The same with access and something to play. */
export const withAccess = (change: Partial<Current> = {}): Current =>
  current({
    access: true,
    accessBy: 'code',
    accessUntil: inHours(7.71),
    secondsLeft: 27_756,
    hlsUrl: `/hls/${SHOW}/master.m3u8`,
    nativeUrl: `/hls/g/payload.mac/${SHOW}/master.m3u8`,
    grant: 'payload.mac',
    ...change,
  });

type Overview = ReplyOf<typeof studioOverview>;
type Show = NonNullable<Overview['show']>;

/** A show as its creator sees it. */
export function show(change: Partial<Show> = {}): Show {
  return {
    showId: SHOW,
    channel: 'demo',
    state: 'live',
    version: 3,
    title: 'Late set from the studio',
    location: null,
    estimatedDuration: null,
    viewerLimit: 100,
    goLiveMode: 'auto',
    startsAt: null,
    startedAt: inHours(-1),
    openedAt: inHours(-1),
    endedAt: null,
    endReason: null,
    reconnectUntil: null,
    viewers: 42,
    peakViewers: 57,
    test: false,
    audience: ['code'],
    ticketPrice: null,
    ticketsSold: 0,
    thumbnail: null,
    light: 'green',
    advices: [],
    createdAt: inHours(-2),
    ...change,
  };
}

export const me = { email: 'mara@example.org', name: 'Mara', channels: [{ slug: 'demo', name: 'Mara Voss' }] };

/** What `/api/studio/overview` says. */
export function overview(change: Partial<Overview> = {}): Overview {
  return {
    channel: {
      slug: 'demo',
      name: 'Mara Voss',
      bio: 'Piano, tape loops and long nights.',
      listed: true,
      codePrefix: 'PLI',
      codeHours: 8,
      codeSymbols: 9,
      maxDevices: 2,
      graceSeconds: null,
      goLiveMode: 'auto',
      viewerLimit: 100,
      windowSeconds: null,
      recordShows: true,
      publicThumbnail: true,
      codePriceMinor: 999,
      membershipPriceMinor: null,
      creatorBps: 8000,
      audience: ['code'],
    },
    show: show(),
    waitingTest: null,
    upcoming: [],
    recent: [],
    input: {
      encoder: 'obs-output module (libobs version 30.2.3)',
      videoCodec: 'avc1.640028',
      audioCodec: 'mp4a.40.2',
      width: 1920,
      height: 1080,
    },
    ingestState: 'playing',
    keys: [{ id: KEY, label: 'OBS desktop', createdAt: inHours(-300), lastUsedAt: inHours(-1), oneShow: false }],
    refusals: [{ at: inHours(-0.2), reason: 'publish.revoked_key', address: '203.0.113.9', keyLabel: 'old phone' }],
    ingest: { server: 'rtmp://live.example.org:1935/live', secureServer: null },
    watchUrl: 'https://live.example.org/c/demo',
    serverTime: new Date().toISOString(),
    ...change,
  };
}

export const codes = [
  {
    id: 'cod_0123456789abcdefghjkmnpqrs',
    hint: '9QX4',
    label: 'press',
    email: null,
    state: 'valid',
    createdAt: inHours(-1),
    expiresAt: inHours(7),
    lastUsedAt: null,
    usageCount: 3,
  },
  {
    id: 'cod_1123456789abcdefghjkmnpqrs',
    hint: 'K2M7',
    label: null,
    email: null,
    state: 'expired',
    createdAt: inHours(-10),
    expiresAt: inHours(-2),
    lastUsedAt: null,
    usageCount: 0,
  },
];
