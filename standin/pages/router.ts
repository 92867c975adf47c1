/** What a browser sees of the stand-in: below `/standin/`. */
import type { Answer, Asked, AtDesk } from '../api.ts';
import type { Desk } from '../desk.ts';
import type { Session } from '../objects.ts';
import * as actions from '../pay.ts';
import { secretsOf } from '../resources/sessions.ts';
import { assets } from './assets.ts';
import * as views from './views.ts';

const NOBODY = { id: null, idempotency_key: null };
/** The page works where styles and scripts come from its own origin alone, as at the product's address. */
const CONTENT_SECURITY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

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

function viewOf(desk: Desk, session: Session, message: string | null): Answer {
  if (session.status === 'expired') return html(410, views.expired(session));
  if (session.status === 'complete') return html(200, views.done(successOf(session)));
  return html(message === null ? 200 : 402, views.checkout(session, secretsOf(desk, session.id).lineItems, message));
}

/** The action of a button. Where the session is over already, nothing happens and the page says where it stands. */
function act(desk: Desk, session: Session, action: string, email: string): Answer {
  if (session.status === 'complete') return seeOther(successOf(session));
  if (session.status !== 'open') return viewOf(desk, session, null);
  const buyer = { email };
  if (action === 'pay') return seeOther(successOf(actions.pay(desk, session, buyer)));
  if (action === 'later') return seeOther(successOf(actions.payLater(desk, session, buyer)));
  if (action === 'authenticated') return seeOther(successOf(actions.authenticated(desk, session, buyer)));
  if (action === 'decline') return viewOf(desk, session, actions.refuse(desk, session, buyer, 'generic'));
  if (action === 'funds') return viewOf(desk, session, actions.refuse(desk, session, buyer, 'funds'));
  if (action === 'unauthenticated')
    return viewOf(desk, session, actions.refuse(desk, session, buyer, 'authentication'));
  if (action === 'challenge') {
    actions.challenge(desk, session, buyer);
    return html(200, views.challenge(session, email));
  }
  return html(400, views.unknown());
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Answers a page, its style or its script. */
export function answerPage(atDesk: AtDesk, asked: Asked): Answer {
  const asset = assets.get(asked.path.replace('/standin/', ''));
  if (asset) return asset;
  const id = /^\/standin\/c\/pay\/(cs_\w+)$/.exec(asked.path)?.[1];
  if (id === undefined) return html(404, views.unknown());
  return atDesk(NOBODY, (desk) => {
    const session = desk.store.get('checkout.session', id);
    if (!session) return html(404, views.unknown());
    if (asked.method !== 'POST') return viewOf(desk, session, null);
    const form = new URLSearchParams(asked.body);
    const email = (form.get('email') ?? '').trim() || (session.customer_details?.email ?? '');
    if (!EMAIL.test(email)) return viewOf(desk, session, 'Your email is incomplete.');
    return act(desk, session, form.get('action') ?? '', email);
  });
}
