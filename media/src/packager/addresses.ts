/** The signed addresses of one rendition's files. */
import { signAddress } from '#contract/grant.ts';
import { fileNames } from './files.ts';

/** How long a file outlives the window, seconds; also part of every signed address. */
export const FILE_GRACE_S = 60;
/** A broadcast may last for weeks: its init segment is published anew, with a new address, this often, seconds. */
export const INIT_RENEWAL_S = 24 * 3600;
/** The longest window and grace time that a channel may have (contract/media-port.ts), seconds. */
const LONGEST_LISTED_S = 14_400 + 1800;
/** Addresses kept of segments that are announced or being made: far more than a disk may lag behind. */
const KEPT_ADDRESSES = 16;

export type AddressOptions = {
  readonly showId: string;
  readonly name: string;
  readonly addressSecret: string;
  /** How far back a player may seek; may change at any time. */
  readonly windowSeconds: () => number;
  /** How long the playlist may have to stand still while its encoder is away. */
  readonly graceSeconds: () => number;
};

/** `listedUntilMs`: so long the address may stand in a playlist, Unix milliseconds. */
export type SegmentAddress = { readonly address: string; readonly listedUntilMs: number };

/**
 * Every part has an address of its own, though they share a file: a cache that knows a file which has grown
 * since would answer a range of it with the whole.
 */
export const partAddress = (segmentAddress: string, index: number) => `${segmentAddress}&p=${index}`;

export function createAddresses({ showId, name, addressSecret, windowSeconds, graceSeconds }: AddressOptions) {
  const known = new Map<number, SegmentAddress>();
  const sign = (file: string, seconds: number) =>
    signAddress(addressSecret, `/media/${showId}/${name}/${file}`, Math.floor(Date.now() / 1000) + seconds);

  function make(msn: number): SegmentAddress {
    // Should the encoder go away meanwhile, the list stands still for the grace time.
    const listedSeconds = windowSeconds() + graceSeconds();
    const address = sign(fileNames.segment(msn), listedSeconds + FILE_GRACE_S);
    return { address, listedUntilMs: Date.now() + listedSeconds * 1000 };
  }

  return {
    init: (file: string) => sign(file, INIT_RENEWAL_S + LONGEST_LISTED_S + FILE_GRACE_S),
    /** A segment's address is signed when it is first announced, and the same ever after. */
    segment(msn: number): SegmentAddress {
      const found = known.get(msn) ?? make(msn);
      known.set(msn, found);
      for (const old of known.keys()) if (old < msn - KEPT_ADDRESSES) known.delete(old);
      return found;
    },
  };
}
