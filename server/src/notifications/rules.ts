/** When a mail is tried again, and when it is given up. */

const SECOND_MS = 1000;
/** Pauses double from here, up to the longest. */
const FIRST_PAUSE_MS = 15 * SECOND_MS;
const LONGEST_PAUSE_MS = 3600 * SECOND_MS;
/** Nine attempts in the first two hours, then one an hour: about three days. */
const ATTEMPTS_MAX = 80;
/** A pause is made up to this share longer, so that mails which failed together do not return together. */
const JITTER = 0.25;

/** How long to wait after the attempt of this number (from 1), milliseconds. `chance` is from 0 to 1. */
function pauseMs(attempt: number, chance: number): number {
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 20);
  return Math.round(Math.min(doubled, LONGEST_PAUSE_MS) * (1 + JITTER * chance));
}

/** What a mail server's refusal says, in nodemailer's words. */
export type Failure = {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  /** The SMTP command that was refused. */
  readonly command?: string | undefined;
};

/**
 * `recipient`: this mail is refused for good. `later`: this mail may be taken later. `server`: nothing goes through
 * at the moment; a wrong password or sender counts as this, since the operator can set it right.
 */
export function verdict({ code, responseCode = 0, command }: Failure): 'recipient' | 'later' | 'server' {
  const refused = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (!refused || responseCode === 0 || command === 'MAIL FROM') return 'server';
  return responseCode >= 500 ? 'recipient' : 'later';
}

export type AfterFailure = { readonly state: 'pending'; readonly pauseMs: number } | { readonly state: 'failed' };

/** What becomes of a delivery whose attempt of this number failed. */
export function afterFailure(attempt: number, failure: Failure, chance: number): AfterFailure {
  if (verdict(failure) === 'recipient' || attempt >= ATTEMPTS_MAX) return { state: 'failed' };
  return { state: 'pending', pauseMs: pauseMs(attempt, chance) };
}
