/** Who wants to be told of what: asked when a notice is delivered, chosen on the account's page or by a mail's link. */
import { createHmac } from 'node:crypto';
import type { Config } from '#config/index.ts';
import { ACCOUNT_PAGES } from '#contract/accounts.ts';
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import type { mailChoice, noticePreferences, setNoticePreference } from '#contract/notices.ts';
import { NoticeGroup } from '#contract/notices.ts';
import type { Db, Sql } from '../platform/db.ts';
import * as store from './choices-store.ts';
import * as rules from './rules.ts';
import type { StoredNotice } from './store.ts';

/** What links are made of and read with: the key is not in the database. */
export type LinkKeys = {
  readonly config: Config;
  readonly sql: Sql;
  sealToken(token: string, event: string): string;
  linkToken(sealed: string, event: string): string;
};

/** Where one unsubscribes: a page for people, and an address for mail programs. */
export type Unsubscribe = { readonly page: string; readonly oneClick: string };

export const ONE_CLICK_PATH = '/api/unsubscribe';
/** What a sealed link is for: no other link opens as one. */
const PURPOSE = 'unsubscribe';

/** What an address is kept as. Without the key a copy of the database tells of no address that it unsubscribed. */
const hashOf = ({ secrets }: Config, email: string): Buffer =>
  createHmac('sha256', secrets.codeLookupKey).update(`mail address ${email.trim().toLowerCase()}`).digest();

type Told = Pick<StoredNotice, 'event' | 'data' | 'userId' | 'email'>;
const groupOf = ({ event, data }: Pick<Told, 'event' | 'data'>): NoticeGroup | null =>
  rules.groupOf(event, JSON.parse(data) as rules.About);

const asBoolean = (value: number | null | undefined): boolean | null => (value == null ? null : value === 1);

/** May this notice go out by mail? */
export async function wantsMail({ config, sql }: Pick<LinkKeys, 'config' | 'sql'>, notice: Told): Promise<boolean> {
  const group = groupOf(notice);
  const { userId, email } = notice;
  if (!rules.isChoice(group) || email === null) return true;
  const { suppressed, said } = await store.mailSaid(sql, { userId, email, hash: hashOf(config, email) }, group);
  return rules.goesOut(group, asBoolean(said), suppressed === 1);
}

/** May it be shown on the page? Where its group has no mails unless one asks for them, `mailTo` says who did. */
export async function wantsOnPage(
  { config, sql }: Pick<LinkKeys, 'config' | 'sql'>,
  { event, data, userId }: Told,
): Promise<{ shown: boolean; mailTo: store.Reader | null }> {
  const group = groupOf({ event, data });
  const said = userId && rules.isChoice(group) ? await store.saidOf(sql, userId, group) : null;
  if (!userId || group === null || said === null) return { shown: true, mailTo: null };
  const shown = rules.goesOut(group, asBoolean(said.app), false);
  if (said.mail !== 1 || !rules.mailOnRequest(group)) return { shown, mailTo: null };
  const to = await store.reader(sql, userId);
  if (to?.confirmed !== 1) return { shown, mailTo: null };
  const { suppressed } = await store.mailSaid(sql, { userId, email: to.email, hash: hashOf(config, to.email) }, group);
  return { shown, mailTo: suppressed === 1 ? null : to };
}

/** What an account chose, and what is usual where it said nothing. Throws auth.required where it is gone. */
export async function choicesOf(sql: Sql, config: Config, userId: string): Promise<ReplyOf<typeof noticePreferences>> {
  const person = await store.reader(sql, userId);
  if (!person) throw new AppError('auth.required');
  const said = new Map((await store.said(sql, userId)).map((one) => [one.noticeGroup, one]));
  // Anybody can open an account with any address: only a confirmed one learns what its link said.
  const taken = person.confirmed === 1 ? await store.suppressed(sql, hashOf(config, person.email)) : [];
  const suppressed = new Set(taken.map(({ noticeGroup }) => noticeGroup));
  const groups = NoticeGroup.options
    .filter((group) => person.channels > 0 || !rules.forCreators(group))
    .map((group) => {
      const own = said.get(group);
      return rules.choiceOf(group, asBoolean(own?.mail), asBoolean(own?.app), suppressed.has(group));
    });
  return { email: person.email, groups };
}

/** Chooses for one group. Throws notice.no_choice, auth.required. */
export async function choose(
  db: Db,
  config: Config,
  userId: string,
  { group, mail, app }: BodyOf<typeof setNoticePreference>,
): Promise<void> {
  if (!rules.mayChoose(group, mail, app)) throw new AppError('notice.no_choice');
  const person = await store.reader(db, userId);
  if (!person) throw new AppError('auth.required');
  await db.transaction(async (tx) => {
    if (mail && person.confirmed === 1) await store.lift(tx, hashOf(config, person.email), group);
    await store.say(tx, userId, group, mail ?? null, app ?? null);
  });
}

/** Where the recipient of a mail takes this kind of mail off; null where there is no choice. */
export function unsubscribeOf(keys: LinkKeys, notice: StoredNotice): Unsubscribe | null {
  const group = groupOf(notice);
  if (!rules.isChoice(group) || notice.email === null) return null;
  const token = encodeURIComponent(keys.sealToken(`${group} ${notice.email}`, PURPOSE));
  const { publicUrl } = keys.config;
  return {
    page: `${publicUrl}${ACCOUNT_PAGES.unsubscribe}#token=${token}&lang=${notice.language}`,
    oneClick: `${publicUrl}${ONE_CLICK_PATH}?token=${token}`,
  };
}

/** Throws notice.link_invalid. */
function opened(keys: LinkKeys, token: string): { group: NoticeGroup; email: string } {
  try {
    const [name, email = ''] = keys.linkToken(token, PURPOSE).split(' ');
    const group = NoticeGroup.parse(name);
    if (email && rules.isChoice(group)) return { group, email };
  } catch {
    // Altered, cut short, or sealed with another install's key.
  }
  throw new AppError('notice.link_invalid');
}

/** What a mail's link is about, and whether that kind of mail goes out. Throws notice.link_invalid. */
export async function linkState(keys: LinkKeys, token: string): Promise<ReplyOf<typeof mailChoice>> {
  const { group, email } = opened(keys, token);
  const hash = hashOf(keys.config, email);
  const { suppressed, said } = await store.mailSaid(keys.sql, { userId: null, email, hash }, group);
  const wanted = rules.goesOut(group, asBoolean(said), suppressed === 1);
  return { group, address: rules.masked(email), wanted };
}

/** Takes a kind of mail off for the link's address, or puts it on again. Throws notice.link_invalid. */
export async function chooseByLink(db: Db, keys: LinkKeys, token: string, wanted: boolean): Promise<void> {
  const { group, email } = opened(keys, token);
  const hash = hashOf(keys.config, email);
  await db.transaction(async (tx) => {
    if (!wanted) return store.suppress(tx, hash, group);
    await store.lift(tx, hash, group);
    const account = await store.confirmedAccount(tx, email);
    if (account) await store.say(tx, account.id, group, true, null);
  });
}

/** Adds the mail of a notice that was for the page alone, since its reader asked for such mails. */
export const alsoByMail = (db: Db, notice: Pick<StoredNotice, 'id'>, to: store.Reader): Promise<void> =>
  db.transaction((tx) => store.addMail(tx, notice.id, to));
