/** What a purchase's state means to its buyer. Pure. */
import type { Purchase } from './follow-checkout.ts';

/**
 * `open`: not paid yet, and the buyer is here. `confirming`: the buyer came back from paying and the server
 * has not heard of it. `mailed`: paid, and the code is not for this browser to see.
 */
export type Phase =
  | 'looking'
  | 'away'
  | 'unknown'
  | 'open'
  | 'confirming'
  | 'code'
  | 'mailed'
  | 'tokens'
  | 'membership'
  | 'expired'
  | 'failed'
  | 'refunded'
  | 'no_seat';

export function phaseOf({ at, view, away, unknown }: Purchase): Phase {
  if (unknown) return 'unknown';
  if (!view) return away ? 'away' : 'looking';
  switch (view.state) {
    case 'open':
      if (away) return 'away';
      return at.returned && !at.cancelled ? 'confirming' : 'open';
    case 'paid':
      if (view.kind === 'code') return view.code ? 'code' : 'mailed';
      return view.kind === 'tokens' ? 'tokens' : 'membership';
    case 'refunded':
      return view.noSeat ? 'no_seat' : 'refunded';
    case 'expired':
    case 'failed':
      return view.state;
  }
}

/** True where the buyer has something to read or to do; the others pass by themselves. */
export const isSettled = (phase: Phase): phase is Exclude<Phase, 'looking' | 'away' | 'confirming'> =>
  phase !== 'looking' && phase !== 'away' && phase !== 'confirming';
