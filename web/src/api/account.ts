/** One's own account and its notices. */
import type {
  AccountView,
  eraseAccount,
  exportAccount,
  myAccount,
  setDisplayName,
  setLanguage,
} from '#contract/accounts.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { Language, listNotices, NoticeView, readNotices } from '#contract/notices.ts';
import { call } from './http.ts';

export type { AccountView, Language, NoticeView };

export const loadAccount = (): Promise<AccountView> => call<typeof myAccount>('get', '/api/account');

export const saveLanguage = (language: Language): Promise<AccountView> =>
  call<typeof setLanguage>('post', '/api/account/language', { body: { language } });

export const saveName = (name: string): Promise<AccountView> =>
  call<typeof setDisplayName>('post', '/api/account/name', { body: { name } });

export const loadExport = (): Promise<ReplyOf<typeof exportAccount>> =>
  call<typeof exportAccount>('get', '/api/account/export');

export async function erase(password: string): Promise<void> {
  await call<typeof eraseAccount>('post', '/api/account/erase', { body: { password } });
}

export type NoticePage = ReplyOf<typeof listNotices>;
export const loadNotices = (before: NoticePage['next']): Promise<NoticePage> =>
  call<typeof listNotices>('get', '/api/notices', { query: { limit: 30, ...(before ? { before } : {}) } });

/** Marks all notices as read. Returns how many are not. */
export const markAllRead = async (): Promise<number> =>
  (await call<typeof readNotices>('post', '/api/notices/read', { body: { all: true } })).unread;
