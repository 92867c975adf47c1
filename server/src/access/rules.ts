/** What an access code looks like, whether it opens a channel, and which device has to make room. */
import type { ErrorCode } from '#contract/errors.ts';
import type { Grant } from '#contract/grant.ts';
import type { Revocation } from '#contract/media-port.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Prefix and symbols together. */
const CODE_LENGTH = 12;
/** A prefix may hold any letter (also U), the symbols only Crockford's; both as they are after folding. */
const FOLDED = /^[0-9A-Z]{2,4}[0-9A-HJKMNP-TV-Z]{6,10}$/;

/**
 * Brings what a person typed into the one form that is looked up: upper case, nothing between, O as 0,
 * I and L as 1. The prefix is folded too, so that nobody has to know where it ends.
 */
export function fold(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\-–—_.]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}

/** True where a folded text could be a code at all. */
export const isWellFormed = (folded: string): boolean => folded.length <= CODE_LENGTH && FOLDED.test(folded);

/** How many symbols follow a prefix: what the channel wants, as far as twelve characters allow. */
export const symbolCount = (prefix: string, wanted: number): number =>
  Math.max(6, Math.min(wanted, CODE_LENGTH - prefix.length));

/** A code of a prefix and random bytes, one a symbol; 256 is a multiple of 32, so no symbol is likelier. */
export const format = (prefix: string, random: Uint8Array): string =>
  prefix.toUpperCase() + Array.from(random, (byte) => CROCKFORD[byte & 31]).join('');

export type CodeFacts = {
  readonly channel: string;
  readonly expired: boolean;
  readonly revoked: boolean;
  /** Bought for later: its hours have not begun. */
  readonly early: boolean;
};

/** Why a code opens nothing on this channel, or null where it opens it. */
export function refusal(folded: string, code: CodeFacts | null, channel: string): ErrorCode | null {
  if (!isWellFormed(folded)) return 'code.malformed';
  if (!code) return 'code.unknown';
  if (code.channel !== channel) return 'code.other_channel';
  if (code.revoked) return 'code.revoked';
  if (code.expired) return 'code.expired';
  if (code.early) return 'code.not_started';
  return null;
}

/**
 * How long the seat of a purchase is held, minutes: a page that nobody pays on must not stop the sale. Whoever pays later
 * gets a seat only where one is free.
 */
export const SEAT_HOLD_MINUTES = 10;

/** True where the right behind a grant was taken back since; as media decides at the playlist. */
export const isTakenBack = (grant: Grant, revocations: readonly Revocation[]): boolean =>
  revocations.some(
    ({ viewer, device, beforeMs }) =>
      viewer === grant.viewer && (device === null || device === grant.device) && grant.issuedMs < beforeMs,
  );

/** The devices that must make room for one more; `active` is in the order in which they came in. */
export const displaced = <D>(active: readonly D[], maxDevices: number): readonly D[] =>
  active.slice(0, Math.max(0, active.length - (maxDevices - 1)));
