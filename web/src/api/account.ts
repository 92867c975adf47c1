/** One's own account and its notices. */
import type {
  AccountView,
  eraseAccount,
  exportAccount,
  myAccount,
  setDisplayName,
  setLanguage,
  verifyAddress,
} from '#contract/accounts.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type {
  Language,
  listNotices,
  mailChoice,
  NoticeChoice,
  NoticeView,
  noticePreferences,
  readNotices,
  setNoticePreference,
} from '#contract/notices.ts';
import { call } from './http.ts';

export type { AccountView, Language, NoticeChoice, NoticeView };

export const loadAccount = (): Promise<AccountView> => call<typeof myAccount>('get', '/api/account');

export const saveLanguage = (language: Language): Promise<AccountView> =>
  call<typeof setLanguage>('post', '/api/account/language', { body: { language } });

export const saveName = (name: string): Promise<AccountView> =>
  call<typeof setDisplayName>('post', '/api/account/name', { body: { name } });

export const loadExport = (): Promise<ReplyOf<typeof exportAccount>> =>
  call<typeof exportAccount>('get', '/api/account/export');

export async function erase(password: string): Promise<void> {
  await call<typeof eraseAccount>('post', '/api/account/erase', { body: { password, giveUpTokens: true } });
}

export type NoticePage = ReplyOf<typeof listNotices>;
export const loadNotices = (before: NoticePage['next']): Promise<NoticePage> =>
  call<typeof listNotices>('get', '/api/notices', { query: { limit: 30, ...(before ? { before } : {}) } });

/** Marks all notices as read. Returns how many are not. */
export const markAllRead = async (): Promise<number> =>
  (await call<typeof readNotices>('post', '/api/notices/read', { body: { all: true } })).unread;

/** Confirms an address by the token that was mailed to it; false where it is too old or not whole. */
export const confirmAddress = async (token: string): Promise<boolean> =>
  (await call<typeof verifyAddress>('post', '/api/account/verify', { body: { token } })).verified;

export type NoticeChoices = ReplyOf<typeof noticePreferences>;
export const loadNoticeChoices = (): Promise<NoticeChoices> =>
  call<typeof noticePreferences>('get', '/api/account/notice-preferences');

/** Chooses one way of one group. Returns all choices. */
export const saveNoticeChoice = (
  group: NoticeChoice['group'],
  way: 'mail' | 'app',
  wanted: boolean,
): Promise<NoticeChoices> =>
  call<typeof setNoticePreference>('patch', '/api/account/notice-preferences', { body: { group, [way]: wanted } });

export type MailChoice = ReplyOf<typeof mailChoice>;
/** What the link of a mail is about. Throws `ApiError` where it is not whole. */
export const readMailChoice = (token: string): Promise<MailChoice> =>
  call<typeof mailChoice>('post', '/api/mail-choice', { body: { token } });

/** Takes mails of that kind off for the link's address, or puts them on again. */
export const setMailChoice = (token: string, wanted: boolean): Promise<MailChoice> =>
  call<typeof mailChoice>('post', '/api/mail-choice', { body: { token, wanted } });
