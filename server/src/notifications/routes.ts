import type { Config } from '#config/index.ts';
import { AppError } from '#contract/errors.ts';
import type { NoticeId } from '#contract/ids.ts';
import type { OutboxMail } from '#contract/notices.ts';
import {
  listNotices,
  listOutbox,
  MailState,
  mailChoice,
  noticePreferences,
  readNotices,
  retryMail,
  setNoticePreference,
  showMail,
} from '#contract/notices.ts';
import { audit } from '../platform/audit.ts';
import type { Binding, Caller } from '../platform/http.ts';
import { bind, bindUser } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { choicesOf, choose, chooseByLink, linkState } from './choices.ts';
import { viewOf } from './deliver.ts';
import { sendsMail } from './mailer.ts';
import { addressOf } from './operator.ts';
import type { Sources } from './render.ts';
import { mailOf, render } from './render.ts';
import * as store from './store.ts';

const WHY_NOT_SHOWN = 'This link was sent to its owner and is not shown any more.';

/** The session's person; the table of endpoints has already turned everybody else away. */
function personOf(caller: Caller): string {
  if (caller.kind !== 'user') throw new AppError('auth.required');
  return caller.userId;
}

const mailView = (config: Config, mail: store.StoredMail): OutboxMail => ({
  id: mail.publicId as NoticeId,
  event: mail.event,
  to: addressOf(config, mail) ?? mail.email ?? '',
  language: mail.language,
  state: mail.state,
  attempts: mail.attempts,
  createdAt: mail.createdAt.toISOString(),
  nextAt: mail.state === 'pending' ? mail.nextAt.toISOString() : null,
  sentAt: mail.sentAt?.toISOString() ?? null,
  lastError: mail.lastError,
});

function ownRoutes({ db }: Platform, sources: Sources): Binding[] {
  return [
    bind(listNotices, async ({ query, caller }) => {
      const userId = personOf(await caller());
      const [found, unread] = await Promise.all([
        store.ofUser(db, userId, query.before ?? null, query.limit + 1),
        store.unread(db, userId),
      ]);
      const page = found.slice(0, query.limit);
      const notices = await Promise.all(page.map((notice) => viewOf(sources, notice)));
      const next = found.length > query.limit ? (notices.at(-1)?.id ?? null) : null;
      return { notices, unread, next };
    }),
    bind(readNotices, async ({ body, caller }) => {
      const userId = personOf(await caller());
      await store.markRead(db, userId, 'ids' in body ? body.ids : null);
      return { unread: await store.unread(db, userId) };
    }),
  ];
}

function choiceRoutes({ config, db }: Platform, sources: Sources): Binding[] {
  return [
    bindUser(noticePreferences, ({ user }) => choicesOf(db, config, user.userId)),
    bindUser(setNoticePreference, async ({ user, body }) => {
      await choose(db, config, user.userId, body);
      return choicesOf(db, config, user.userId);
    }),
    bind(mailChoice, async ({ body: { token, wanted } }) => {
      if (wanted !== undefined) await chooseByLink(db, sources, token, wanted);
      return linkState(sources, token);
    }),
  ];
}

function outboxRoutes({ config, db, noticeQueue }: Platform, sources: Sources): Binding[] {
  const mailById = async (id: string): Promise<store.StoredMail> => {
    const mail = await store.mail(db, id);
    if (!mail) throw new AppError('notice.not_found');
    return mail;
  };
  return [
    bind(listOutbox, async ({ query }) => {
      const [found, counted] = await Promise.all([
        store.mails(db, { ...query, limit: query.limit + 1 }),
        store.mailCounts(db),
      ]);
      const mails = found.slice(0, query.limit).map((mail) => mailView(config, mail));
      const counts = Object.fromEntries(MailState.options.map((state) => [state, 0])) as Record<MailState, number>;
      for (const { state, n } of counted) counts[state] = n;
      const next = found.length > query.limit ? (mails.at(-1)?.id ?? null) : null;
      return { mode: sendsMail(config) ? ('smtp' as const) : ('kept' as const), counts, mails, next };
    }),
    bind(showMail, async ({ params }) => {
      const mail = await mailById(params.id);
      const rendered = await render(sources, mail);
      // Who reads the outbox must not be able to take an account over by a link that its owner has.
      if (mail.event === 'account.reset' && mail.state === 'sent') {
        const { subject } = rendered.letter;
        return { ...mailView(config, mail), subject, html: `<p>${WHY_NOT_SHOWN}</p>`, text: WHY_NOT_SHOWN };
      }
      return { ...mailView(config, mail), ...(await mailOf(config, mail, rendered)) };
    }),
    bind(retryMail, async ({ params }) => {
      const mail = await mailById(params.id);
      await db.transaction(async (tx) => {
        await store.restart(tx, mail.id);
        await audit(tx, { kind: 'mail.retried', actor: 'admin', subject: mail.publicId });
      });
      noticeQueue.wake();
      return mailView(config, await mailById(params.id));
    }),
  ];
}

export const noticeRoutes = (platform: Platform, sources: Sources): Binding[] => [
  ...ownRoutes(platform, sources),
  ...choiceRoutes(platform, sources),
  ...outboxRoutes(platform, sources),
];
