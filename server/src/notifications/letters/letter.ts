/** What a mail says, apart from how it looks: `layout.ts` makes HTML and plain text of the same parts. */
import type { Language, NoticeEvent } from '#contract/notices.ts';
import type { NoticeData } from '../outbox.ts';

/** What every text, also an operator's own, can name. Empty where the event has no such thing. */
export type Variables = {
  readonly accessCode: string;
  /** With the name of its time zone. */
  readonly expiresAt: string;
  readonly liveUrl: string;
  /** Time left until `expiresAt`, in words: "2 hours". */
  readonly hoursLeft: string;
  /** How long the code is valid in all, in words: "8 hours". */
  readonly validHours: string;
  /** Where the code is not valid yet: from when. */
  readonly validFrom: string;
  readonly location: string;
  readonly startTime: string;
  readonly duration: string;
  readonly channelName: string;
  readonly showTitle: string;
  /** Money or tokens, with the unit. */
  readonly amount: string;
  /** What of `amount` is tax. */
  readonly tax: string;
  readonly fromName: string;
  readonly message: string;
  /** The day until which something is paid. */
  readonly until: string;
  readonly reason: string;
  /** The link of a verification or a reset. */
  readonly link: string;
  /** The page on which one takes such mails off. */
  readonly unsubscribeLink: string;
  readonly maxDevices: string;
  readonly siteName: string;
  readonly siteUrl: string;
};

export type Letter = {
  readonly subject: string;
  /** What a list of mails shows beside the subject; in the app, the notice's text. */
  readonly preheader: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly code?: { readonly text: string; readonly note: string };
  /** Label and value; a row without a value is left out. */
  readonly rows?: readonly (readonly [label: string, value: string])[];
  readonly button?: { readonly label: string; readonly url: string };
  readonly notes?: readonly string[];
  readonly steps?: { readonly title: string; readonly items: readonly string[] };
};

/** One language: a letter for each event, and what stands under every one. */
export type Words = {
  readonly language: Language;
  readonly letters: { readonly [E in NoticeEvent]: (v: Variables, data: NoticeData[E]) => Letter };
  /** Above the address that a button leads to, for who cannot press it. */
  readonly orOpen: string;
  readonly footer: (v: Variables) => string;
  /** Words of the link that takes such mails off. */
  readonly unsubscribe: string;
  readonly tokens: (count: number) => string;
};

type Payment = NoticeData['payment.received'];
export type What = Payment['what'];
