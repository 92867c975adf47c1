/** Where a run takes place: fans, creators, channels, shows, and what commands are given to work with. */
import type { Config } from '#config/index.ts';
import type { ShowId } from '#contract/ids.ts';
import type { Tax } from '#contract/money.ts';
import type { Payments } from '../server/src/payments/payments.ts';
import type { Db, Value } from '../server/src/platform/db.ts';
import type { Random } from './random.ts';

export type Show = { readonly id: ShowId; readonly channel: string; readonly price: number; readonly seats: number };
export type Place = {
  readonly fans: readonly string[];
  readonly creators: readonly string[];
  /** Slugs, each with its creator and split. */
  readonly channels: readonly { readonly slug: string; readonly ownerId: string; readonly bps: number }[];
  readonly shows: readonly Show[];
  /** How tax goes with prices in cash here. */
  readonly tax: Tax;
};

/** One of our processes as commands see it. */
export type Shop = Omit<Payments, 'db'> & { readonly db: Db };

/** Secrets of a run: the same for all, so that nothing depends on them. */
const KEY = '5'.repeat(64);

/** Of the real configuration what money looks at. */
export const CONFIG = {
  installId: 'simulate',
  publicUrl: 'http://localhost:8080',
  currency: 'eur',
  stripeTax: 'none',
  stripeTaxCode: null,
  stripeInvoices: false,
  tokenPacks: [{ tokens: 500, priceMinor: 549 }],
  tokenPrice: 110,
  payoutRate: 90,
  payoutMinimum: 1,
  payoutHoldDays: 0,
  recordingDays: 0,
  plans: [{ id: 'creator', name: 'Creator', priceMinor: 1900 }],
  secrets: { ledgerKey: KEY, sessionSecret: KEY, codeLookupKey: KEY, codeSealKey: KEY },
} as unknown as Config;

type Table = 'user' | 'channel' | 'live_show';
/** A row to begin with. */
export type Seeded = { readonly table: Table; readonly row: Readonly<Record<string, Value>> };

/** Makes up a place; `name` keeps several apart in one database. */
export function makePlace(random: Random, name: string): { place: Place; rows: Seeded[] } {
  const fans = ['a', 'b', 'c'].slice(0, 2 + random.below(2)).map((one) => `fan-${one}-${name}`);
  const creators = ['x', 'y'].map((one) => `creator-${one}-${name}`);
  const channels = creators.map((ownerId, at) => ({
    slug: `${at === 0 ? 'x' : 'y'}-${name}`,
    ownerId,
    bps: random.pick([8000, 7777, 9000, 10_000]),
  }));
  const shows = channels.map(({ slug }) => ({
    id: `shw_${slug}`.padEnd(30, '_') as ShowId,
    channel: slug,
    price: 7 + random.below(60),
    seats: 1 + random.below(3),
  }));
  const people = [...fans, ...creators].map(
    (id): Seeded => ({ table: 'user', row: { id, name: id, email: `${id}@example.org`, language: 'en' } }),
  );
  const rooms = channels.map(
    ({ slug, ownerId, bps }): Seeded => ({
      table: 'channel',
      row: {
        publicId: `chn_${slug}`.padEnd(30, '_'),
        slug,
        name: slug,
        ownerId,
        creatorBps: bps,
        viewerLimit: 1 + random.below(4),
        codePriceMinor: 101 + random.below(900),
        membershipPriceMinor: 333 + random.below(900),
        audience: 'code,membership',
      },
    }),
  );
  const tax = random.pick<Tax>(['none', 'inclusive', 'exclusive']);
  return { place: { fans, creators, channels, shows, tax }, rows: [...people, ...rooms] };
}

/** Rows of the shows, once their channels have ids. */
export const showRows = (place: Place, idOf: (slug: string) => number): Seeded[] =>
  place.shows.map(({ id, channel, price, seats }) => ({
    table: 'live_show',
    row: {
      publicId: id,
      channelId: idOf(channel),
      state: 'scheduled',
      goLiveMode: 'auto',
      viewerLimit: seats,
      graceSeconds: 120,
      audience: 'ticket',
      ticketPrice: price,
    },
  }));
