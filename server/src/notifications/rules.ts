/** When a mail is tried again and when it is given up; which notices one may choose to have, and which not. */
import type { NoticeChoice, NoticeEvent, NoticeGroup } from '#contract/notices.ts';

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

/** What of a notice's data says for whom and why it is. */
export type About = { readonly role?: string | undefined; readonly reason?: string | undefined };

const always = (group: NoticeGroup | null) => () => group;
const membership = ({ role }: About): NoticeGroup => (role === 'creator' ? 'members' : 'purchases');

const GROUP_OF: Readonly<Record<NoticeEvent, (about: About) => NoticeGroup | null>> = {
  'account.verify': always('security'),
  'account.exists': always('security'),
  'account.reset': always('security'),
  'code.issued': always('purchases'),
  'code.resent': always('purchases'),
  'code.expiring': always('reminders'),
  'payment.received': ({ role }) => (role === 'seller' ? 'sales' : 'purchases'),
  // Money that goes back is told to both sides, whatever they chose.
  'payment.refunded': always('purchases'),
  'payment.disputed': always('purchases'),
  'ticket.bought': always('purchases'),
  'ticket.refunded': ({ reason }) => (reason === 'refunded' ? 'purchases' : 'shows'),
  'tip.received': always('tips'),
  'membership.started': membership,
  'membership.past_due': always('purchases'),
  'membership.ended': membership,
  'payout.requested': always('payouts'),
  'payout.paid': always('payouts'),
  'payout.rejected': always('payouts'),
  'payout.reversed': always('payouts'),
  'operator.payout_requested': always(null),
  'operator.guessing': always(null),
  'operator.payment_mismatch': always(null),
};

/** The group that a notice belongs to; null for the operator's own, which are no choice. */
export const groupOf = (event: NoticeEvent, about: About): NoticeGroup | null => GROUP_OF[event](about);

/** What is usual. `needed`: sent whatever was said. Null: never sent in this way. */
type Usual = {
  readonly needed?: true;
  readonly creators?: true;
  readonly mail: boolean | null;
  readonly app: boolean | null;
};
const USUAL: Readonly<Record<NoticeGroup, Usual>> = {
  security: { needed: true, mail: true, app: null },
  purchases: { needed: true, mail: true, app: true },
  reminders: { mail: true, app: null },
  shows: { mail: true, app: true },
  // A mail for each of them would bury everything else: only who asks for it gets it.
  tips: { creators: true, mail: false, app: true },
  sales: { creators: true, mail: false, app: true },
  members: { creators: true, mail: false, app: true },
  payouts: { creators: true, mail: true, app: true },
};

export const forCreators = (group: NoticeGroup): boolean => USUAL[group].creators === true;
/** True where one may choose. */
export const isChoice = (group: NoticeGroup | null): group is NoticeGroup =>
  group !== null && USUAL[group].needed !== true;
/** True where mails are sent only to who asked for them. */
export const mailOnRequest = (group: NoticeGroup): boolean => USUAL[group].mail === false;

/** Does a notice that is to be delivered go out? `said`: the person's choice for this way, null where there is none. */
export const goesOut = (group: NoticeGroup, said: boolean | null, suppressed: boolean): boolean =>
  !isChoice(group) || (!suppressed && said !== false);

/** True where the choice is one: something is chosen, nothing that is always sent, and no way that is not there. */
export function mayChoose(group: NoticeGroup, mail: boolean | undefined, app: boolean | undefined): boolean {
  const usual = USUAL[group];
  if (!isChoice(group) || (mail === undefined && app === undefined)) return false;
  return (mail === undefined || usual.mail !== null) && (app === undefined || usual.app !== null);
}

/** What a person sees of a group. `suppressed`: the address took its mails off by a link. */
export function choiceOf(
  group: NoticeGroup,
  mail: boolean | null,
  app: boolean | null,
  suppressed: boolean,
): NoticeChoice {
  const usual = USUAL[group];
  if (usual.needed) return { group, needed: true, mail: usual.mail, app: usual.app };
  return {
    group,
    needed: false,
    mail: usual.mail === null ? null : !suppressed && (mail ?? usual.mail),
    app: usual.app === null ? null : (app ?? usual.app),
  };
}

/** An address by which its owner knows it and nobody else: `a•••@example.org`. */
export const masked = (email: string): string => email.replace(/^(.)[^@]*/u, '$1•••');
