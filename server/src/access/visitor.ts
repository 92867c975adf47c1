/** All that a visitor holds of one show: read together, decided by the pure rules. */
import type { Way } from '#contract/live-sessions.ts';
import type { Sql } from '../platform/db.ts';
import { bestRight } from './rights.ts';
import type { Personal } from './rights-store.ts';
import * as rights from './rights-store.ts';
import type { DeviceRight } from './store.ts';
import { deviceRight } from './store.ts';

export type Visitor = {
  /** SHA-256 of the device cookie; null without one. */
  readonly deviceHash: Buffer | null;
  /** Null where nobody is signed in. */
  readonly userId: string | null;
};

/** A show as its rights need it; without one, the channel's next. */
export type Place = {
  readonly channelId: number;
  readonly ownerId: string;
  readonly showId: number | null;
  readonly audience: readonly Way[];
};

export type Standing = {
  readonly best: 'owner' | Way | null;
  /** The best code that the device ever held on the channel, in whatever state; read where it counts. */
  readonly code: DeviceRight | null;
  /** Of who is signed in. */
  readonly personal: Personal | null;
  readonly has: Readonly<Record<Way, boolean>>;
};

/** Where a code opens the show, or gives a place of its own in one that is open to everybody. */
const mayCount = (audience: readonly Way[]): boolean => audience.includes('code') || audience.includes('everybody');

/** Reads what a visitor holds of a show, and names the best of it. */
export async function standingOf(sql: Sql, visitor: Visitor, place: Place): Promise<Standing> {
  const { deviceHash, userId } = visitor;
  const [code, personal] = await Promise.all([
    deviceHash && mayCount(place.audience) ? deviceRight(sql, deviceHash, place.channelId) : null,
    userId === null ? null : rights.personal(sql, userId, place.channelId, place.showId),
  ]);
  const held = {
    owner: userId !== null && userId === place.ownerId,
    code: code?.state === 'valid',
    ticket: personal?.ticketState === 'valid',
    membership: personal?.member === 1,
  };
  const { owner: _owner, ...has } = held;
  return {
    best: bestRight(place.audience, held),
    code,
    personal,
    has: { everybody: place.audience.includes('everybody'), ...has },
  };
}

export const openTo = rights.openTo;
