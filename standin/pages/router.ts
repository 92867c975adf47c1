/** What a browser sees of the stand-in: below `/standin/`. */
import type { Answer, Asked, AtDesk } from '../api.ts';
import { change, type Desk } from '../desk.ts';
import type { Session } from '../objects.ts';
import { onboard } from '../resources/connect.ts';
import { DECLINES } from '../resources/declines.ts';
import { located } from '../resources/session-tax.ts';
import { expireSession, secretsOf } from '../resources/sessions.ts';
import { act } from './actions.ts';
import { assets } from './assets.ts';
import * as views from './views.ts';

const NOBODY = { id: null, idempotency_key: null };
/** The page works where styles and scripts come from its own origin alone, as at the product's address. */
const CONTENT_SECURITY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const html = (status: number, body: string): Answer => ({
  status,
  body,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY,
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
  },
});
const seeOther = (location: string): Answer => ({
  status: 303,
  body: '',
  headers: { location, 'cache-control': 'no-store' },
});

const successOf = (session: Session) => (session.success_url ?? '').replace('{CHECKOUT_SESSION_ID}', session.id);

const addressOf = (id: string) => `/standin/c/pay/${id}`;
const emailNote = (id: string) => `email:${id}`;
const EMAIL_MISSING = 'Your email is incomplete.';

const messageOf = (why: string | null): string | null => {
  if (why === 'email') return EMAIL_MISSING;
  return why !== null && Object.hasOwn(DECLINES, why) ? DECLINES[why as keyof typeof DECLINES].message : null;
};

/** What was typed at the last try, else what the seller knew. */
const emailOf = (desk: Desk, session: Session) =>
  desk.store.note(emailNote(session.id), session.customer_details?.email ?? '');

function viewOf(desk: Desk, given: Session, asked: Asked, part: string): Answer {
  if (given.status === 'expired') return html(410, views.expired(given));
  if (given.status === 'complete') return html(200, views.done(successOf(given)));
  const session = located(desk, given);
  if (part === '/challenge') return html(200, views.challenge(session, addressOf(session.id)));
  const message = messageOf(new URLSearchParams(asked.query).get('failed'));
  return html(200, views.checkout(session, secretsOf(desk, session.id).lineItems, emailOf(desk, session), message));
}

/** Every button leads to a page that can be loaded again, so that going back never asks to send a form once more. */
function press(desk: Desk, session: Session, asked: Asked): Answer {
  const here = addressOf(session.id);
  const form = new URLSearchParams(asked.body);
  const email = (form.get('email') ?? '').trim() || emailOf(desk, session);
  if (session.status === 'open') {
    if (!EMAIL.test(email)) return seeOther(`${here}?failed=email`);
    desk.store.setNote(emailNote(session.id), email);
  }
  const { next, why } = act(desk, session, form.get('action') ?? '', email);
  if (next === 'done') return seeOther(successOf(session));
  if (next === 'ask') return seeOther(`${here}/challenge`);
  return next === 'unknown' ? html(400, views.unknown()) : seeOther(why === null ? here : `${here}?failed=${why}`);
}

function checkout(desk: Desk, id: string, part: string, asked: Asked): Answer {
  const found = desk.store.get('checkout.session', id);
  if (!found) return html(404, views.unknown());
  const late = found.status === 'open' && found.expires_at <= desk.now();
  const session = late ? expireSession(desk, found) : found;
  return asked.method === 'POST' ? press(desk, session, asked) : viewOf(desk, session, asked, part);
}

type Link = {
  readonly account: string;
  readonly returnUrl: string;
  readonly refreshUrl: string;
  readonly expires: number;
};

/** Where a creator would tell Stripe who they are. */
function onboarding(desk: Desk, token: string, asked: Asked): Answer {
  const link = desk.store.note<Link | null>(`link:${token}`, null);
  const account = link ? desk.store.get('account', link.account) : undefined;
  if (!link || !account) return html(404, views.unknown());
  // A link serves once and not for long; who comes later is sent to fetch a new one.
  if (link.expires <= desk.now()) return seeOther(link.refreshUrl);
  if (asked.method !== 'POST') return html(200, views.onboarding(account.email));
  desk.store.setNote(`link:${token}`, { ...link, expires: 0 });
  if (new URLSearchParams(asked.body).get('action') === 'finish') onboard(desk, account);
  else change<'account'>(desk, account, { details_submitted: false });
  return seeOther(link.returnUrl);
}

function invoice(desk: Desk, id: string): Answer {
  const found = desk.store.get('invoice', id);
  return found ? html(200, views.invoice(found)) : html(404, views.unknown());
}

/** Answers a page, its style or its script. */
export function answerPage(atDesk: AtDesk, asked: Asked): Answer {
  const asset = assets.get(asked.path.replace('/standin/', ''));
  if (asset) return asset;
  const [, kind, id = '', part = ''] =
    /^\/standin\/(c\/pay|connect|invoices)\/(\w+)(\/challenge)?$/.exec(asked.path) ?? [];
  if (kind === undefined) return html(404, views.unknown());
  return atDesk(NOBODY, (desk) => {
    if (kind === 'connect') return onboarding(desk, id, asked);
    return kind === 'invoices' ? invoice(desk, id) : checkout(desk, id, part, asked);
  });
}
