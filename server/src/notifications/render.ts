/** Makes a notice's text from its data as it is now. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { ACCOUNT_PAGES } from '#contract/accounts.ts';
import type { LinkKeys, Unsubscribe } from './choices.ts';
import { unsubscribeOf } from './choices.ts';
import * as facts from './facts-store.ts';
import { cash, day, instant, length } from './letters/format.ts';
import type { AnyData } from './letters/index.ts';
import { frameOf, letterOf, tokensIn } from './letters/index.ts';
import { escapeHtml, toHtml, toText } from './letters/layout.ts';
import type { Letter, Variables } from './letters/letter.ts';
import type { NoticeData } from './outbox.ts';
import type { StoredNotice } from './store.ts';

/** What of an access code a letter tells. */
type CodeFacts = {
  readonly code: string;
  readonly channelId: number;
  readonly maxDevices: number;
  /** From when it is valid. */
  readonly from: Date;
  readonly expiresAt: Date;
  readonly revoked: boolean;
  /** The database's clock. */
  readonly now: Date;
};

/** Where texts come from. What other features know of codes and links is handed in, since they know of notices. */
export type Sources = LinkKeys & { codeFacts(codeId: string): Promise<CodeFacts | null> };

/** Why a mail that was not sent yet should not be any more, in a few words. */
type Drop = string | null;
export type Rendered = {
  readonly letter: Letter;
  readonly variables: Variables;
  readonly drop: Drop;
  /** Where the notice leads in the app. */
  readonly path: string | null;
  /** Where its reader takes such mails off; null where there is no choice. */
  readonly unsubscribe: Unsubscribe | null;
};

/** How long the link of a reset is valid, and how long a notice of it makes sense. */
const RESET_MS = 3_600_000;
const DAY_MS = 86_400_000;

const EMPTY: Omit<Variables, 'siteName' | 'siteUrl'> = {
  accessCode: '',
  expiresAt: '',
  liveUrl: '',
  hoursLeft: '',
  validHours: '',
  validFrom: '',
  location: '',
  startTime: '',
  duration: '',
  channelName: '',
  showTitle: '',
  amount: '',
  tax: '',
  fromName: '',
  message: '',
  until: '',
  reason: '',
  link: '',
  unsubscribeLink: '',
  maxDevices: '',
};
type Found = { readonly variables: Partial<Variables>; readonly drop?: Drop; readonly path?: string | null };

const livePath = (slug: string) => `/c/${slug}`;
/** Where a creator sees what came in and what is paid out. */
const EARNINGS = '/studio/earnings';

async function channelPart(
  { sql, config }: Sources,
  slug: string | null,
): Promise<{ variables: Partial<Variables>; path: string | null }> {
  const channel = slug ? await facts.channelBySlug(sql, slug) : null;
  if (!channel) return { variables: {}, path: null };
  const path = livePath(channel.slug);
  return { variables: { channelName: channel.name, liveUrl: config.publicUrl + path }, path };
}

function showPart({ config }: Sources, show: facts.ShowFacts, { language }: StoredNotice): Partial<Variables> {
  return {
    showTitle: show.title ?? '',
    location: show.location ?? '',
    startTime: show.at ? instant(show.at, language, config.timeZone) : '',
    duration: show.minutes ? length(show.minutes * 60_000, language) : '',
  };
}

async function codeFound(sources: Sources, notice: StoredNotice, data: NoticeData['code.issued']): Promise<Found> {
  const { config, sql } = sources;
  const { language } = notice;
  const found = await sources.codeFacts(data.codeId);
  if (!found) return { variables: {}, drop: 'the code is gone' };
  const channel = await facts.channelById(sql, found.channelId);
  const show = await facts.nextShow(sql, found.channelId, new Date(found.expiresAt.getTime() + DAY_MS));
  const left = found.expiresAt.getTime() - found.now.getTime();
  const path = channel ? livePath(channel.slug) : null;
  return {
    variables: {
      ...(show ? showPart(sources, show, notice) : {}),
      accessCode: found.code,
      expiresAt: instant(found.expiresAt, language, config.timeZone),
      hoursLeft: length(left, language),
      validHours: length(found.expiresAt.getTime() - found.from.getTime(), language),
      validFrom: found.from > found.now ? instant(found.from, language, config.timeZone) : '',
      maxDevices: String(found.maxDevices),
      channelName: channel?.name ?? '',
      liveUrl: config.publicUrl + (path ?? '/'),
    },
    drop: found.revoked ? 'the code was withdrawn' : left <= 0 ? 'the code has expired' : null,
    path,
  };
}

async function showFound(sources: Sources, notice: StoredNotice, data: NoticeData['ticket.bought']): Promise<Found> {
  const { config, sql } = sources;
  const show = await facts.show(sql, data.showId);
  const channel = show ? await facts.channelById(sql, show.channelId) : null;
  const path = channel ? livePath(channel.slug) : null;
  return {
    variables: {
      ...(show ? showPart(sources, show, notice) : {}),
      channelName: channel?.name ?? '',
      liveUrl: config.publicUrl + (path ?? '/'),
      amount: tokensIn(notice.language, data.amountTokens),
    },
    path,
  };
}

const amountOf = (notice: StoredNotice, amount: number, currency: string) =>
  currency === 'TOKEN' ? tokensIn(notice.language, amount) : cash(amount, currency, notice.language);

/** Every event with what its text is made from. */
type Finders = {
  readonly [E in keyof NoticeData]: (sources: Sources, notice: StoredNotice, data: NoticeData[E]) => Promise<Found>;
};

const payment = async (
  sources: Sources,
  notice: StoredNotice,
  data: NoticeData['payment.received'],
): Promise<Found> => {
  const { variables } = await channelPart(sources, data.channel);
  const path = data.role === 'buyer' ? '/account' : EARNINGS;
  const amount = amountOf(notice, data.amount, data.currency);
  const tax = data.tax ? amountOf(notice, data.tax, data.currency) : '';
  return { variables: { ...variables, amount, tax }, path };
};
const member = async (
  sources: Sources,
  notice: StoredNotice,
  data: { channel: string; role?: 'fan' | 'creator'; fromName?: string | null; until?: string | null },
): Promise<Found> => {
  const { variables, path } = await channelPart(sources, data.channel);
  const until = data.until ? day(new Date(data.until), notice.language, sources.config.timeZone) : '';
  return {
    variables: { ...variables, until, fromName: data.fromName ?? '' },
    path: data.role === 'creator' ? '/studio' : path,
  };
};
const payout = async (_sources: Sources, notice: StoredNotice, data: NoticeData['payout.paid']): Promise<Found> => ({
  variables: { amount: amountOf(notice, data.amount, data.currency), reason: data.reason ?? '' },
  path: EARNINGS,
});

const FINDERS: Finders = {
  'account.verify': async ({ config, linkToken }, notice, { sealed }) => {
    const token = encodeURIComponent(linkToken(sealed, notice.event));
    return { variables: { link: `${config.publicUrl}${ACCOUNT_PAGES.verify}#token=${token}` } };
  },
  'account.exists': async () => ({ variables: {} }),
  'account.reset': async ({ config, linkToken }, notice, { sealed }) => {
    const token = encodeURIComponent(linkToken(sealed, notice.event));
    const old = Date.now() - notice.createdAt.getTime() > RESET_MS;
    return {
      variables: { link: `${config.publicUrl}${ACCOUNT_PAGES.reset}#token=${token}` },
      drop: old ? 'the link has run out' : null,
    };
  },
  'code.issued': codeFound,
  'code.resent': codeFound,
  'code.expiring': codeFound,
  'payment.received': payment,
  'payment.refunded': payment,
  'payment.disputed': payment,
  'ticket.bought': showFound,
  'ticket.refunded': showFound,
  'tip.received': async (sources, notice, data) => {
    const { variables } = await channelPart(sources, data.channel);
    const { fromName, message } = data;
    const amount = tokensIn(notice.language, data.amountTokens);
    return { variables: { ...variables, amount, fromName: fromName ?? '', message: message ?? '' }, path: EARNINGS };
  },
  'membership.started': member,
  'membership.past_due': member,
  'membership.ended': member,
  'payout.requested': payout,
  'payout.paid': payout,
  'payout.rejected': payout,
  'payout.reversed': payout,
  'operator.payout_requested': async ({ sql }, notice, { userId, amount, currency }) => {
    const creator = await facts.person(sql, userId);
    const fromName = creator ? `${creator.name} (${creator.email})` : '';
    return { variables: { fromName, amount: amountOf(notice, amount, currency) } };
  },
  'operator.guessing': async () => ({ variables: {} }),
  'operator.payment_mismatch': async (_sources, _notice, { wrong }) => ({ variables: { reason: wrong } }),
};

/** Line breaks and signs that turn the direction of writing: a name must not be able to add a line of its own. */
const STEERING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
function clean(variables: Partial<Variables>): Partial<Variables> {
  const entries = Object.entries(variables).map(([name, value]) => [name, value.replaceAll(STEERING, ' ')]);
  return Object.fromEntries(entries);
}

/** The letter of a notice. Throws where its data is not what its event asks for. */
export async function render(sources: Sources, notice: StoredNotice): Promise<Rendered> {
  const data = JSON.parse(notice.data) as AnyData;
  const find = FINDERS[notice.event] as (s: Sources, n: StoredNotice, d: AnyData) => Promise<Found>;
  const found = await find(sources, notice, data);
  const { publicUrl } = sources.config;
  const site = { siteUrl: publicUrl, siteName: new URL(publicUrl).host };
  const unsubscribe = unsubscribeOf(sources, notice);
  const variables = { ...EMPTY, ...site, unsubscribeLink: unsubscribe?.page ?? '', ...clean(found.variables) };
  const letter = letterOf(notice.language, notice.event, variables, data);
  return { letter, variables, drop: found.drop ?? null, path: found.path ?? null, unsubscribe };
}

export type Mail = { readonly subject: string; readonly html: string; readonly text: string };

const fill = (template: string, variables: Variables, write: (text: string) => string): string =>
  template.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_whole, name: string) =>
    write(Object.hasOwn(variables, name) ? variables[name as keyof Variables] : ''),
  );

/** The operator's own text, or null. A file that cannot be read counts as none: mail goes out all the same. */
const ownText = (config: Config, { event, language }: StoredNotice, ending: 'html' | 'txt'): Promise<string | null> =>
  readFile(join(config.varDir, 'mail', `${event}.${language}.${ending}`), 'utf8').catch(() => null);

const SUBJECT_LINE = /^Subject: (.{1,200})\r?\n\r?\n?/;

/** The mail of a rendered notice: the operator's texts where there are some, else ours. */
export async function mailOf(config: Config, notice: StoredNotice, rendered: Rendered): Promise<Mail> {
  const { letter, variables } = rendered;
  const frame = frameOf(notice.language, variables);
  const [html, txt] = await Promise.all([ownText(config, notice, 'html'), ownText(config, notice, 'txt')]);
  const subject = txt === null ? undefined : SUBJECT_LINE.exec(txt)?.[1];
  const plain = (text: string) => text;
  return {
    subject: subject ? fill(subject, variables, plain) : letter.subject,
    html: html === null ? toHtml(letter, frame) : fill(html, variables, escapeHtml),
    text: txt === null ? toText(letter, frame) : fill(txt.replace(SUBJECT_LINE, ''), variables, plain),
  };
}
