/** The pages, as text. Every one says that no money moves. */
import { money } from '../faults.ts';
import type { Invoice, LineItem, Session } from '../objects.ts';
import { TAX_PERCENT } from '../tax.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter);

/** Addresses are relative to `/standin/c/pay/…`, so that they hold behind any public address. */
function frame(title: string, body: string, wide = false): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/standin/page.css">
<script type="module" src="/standin/page.js"></script>
</head>
<body>
<p class="notice" role="note">No money moves: this is a stand-in for Stripe</p>
<main${wide ? ' class="wide"' : ''}>${body}</main>
</body>
</html>
`;
}

const EVERY: Readonly<Record<string, string>> = { day: 'a day', week: 'a week', month: 'a month', year: 'a year' };

/** ` a month` for a subscription, empty for a purchase. */
function every(lines: readonly LineItem[]): string {
  const recurring = lines[0]?.price.recurring;
  if (!recurring) return '';
  const { interval, interval_count: count } = recurring;
  return count === 1 ? (EVERY[interval] ?? interval) : `every ${count} ${interval}s`;
}

const line = (name: string, minor: number, currency: string) =>
  `<li><span>${escaped(name)}</span><span>${escaped(money(minor, currency))}</span></li>`;

/** The line of tax; none where there is none. `within`: the prices contain it. */
function taxLine(minor: number, within: boolean, currency: string): string {
  if (minor === 0) return '';
  return line(`${within ? 'Tax in it' : 'Tax'} (${TAX_PERCENT} %, made up)`, minor, currency);
}

function summary(session: Session, lines: readonly LineItem[]): string {
  const currency = session.currency ?? 'eur';
  const items = lines.map((item) => {
    const count = (item.quantity ?? 1) > 1 ? ` × ${item.quantity}` : '';
    return line(`${item.description ?? ''}${count}`, item.amount_subtotal, currency);
  });
  const tax = taxLine(
    session.total_details?.amount_tax ?? 0,
    session.amount_total === session.amount_subtotal,
    currency,
  );
  const rhythm = every(lines);
  return `<section class="card" aria-labelledby="order">
<h1 id="order">${session.mode === 'subscription' ? 'Subscribe' : 'Your order'}</h1>
<p class="total">${escaped(money(session.amount_total ?? 0, currency))}${rhythm ? ` <small>${rhythm}</small>` : ''}</p>
<ul class="lines">${items.join('')}${tax}</ul>
</section>`;
}

function buttons(session: Session): string {
  const later =
    session.mode === 'payment'
      ? '<button name="action" value="later">Pay by bank debit, which takes a while</button>'
      : '';
  return `<fieldset>
<legend>Or try what else can happen:</legend>
<button name="action" value="decline">The card is declined</button>
<button name="action" value="funds">The card has too little money</button>
<button name="action" value="challenge">The bank asks first (3-D Secure)</button>
${later}
</fieldset>`;
}

/** The order and its buttons. `message`: why the last try did not work. */
export function checkout(session: Session, lines: readonly LineItem[], email: string, message: string | null): string {
  const amount = money(session.amount_total ?? 0, session.currency ?? 'eur');
  const back = session.cancel_url
    ? `<div class="stack"><a class="button" href="${escaped(session.cancel_url)}">Go back</a></div>`
    : '';
  const fixed = session.customer !== null && email !== '';
  return frame(
    `Pay ${amount}`,
    `${summary(session, lines)}
<section class="card" aria-labelledby="pay">
<h2 id="pay">Pay</h2>
${message === null ? '' : `<p class="message" role="alert">${escaped(message)}</p>`}
<form method="post">
<label for="email">Email</label>
<input id="email" name="email" type="email" autocomplete="email" required value="${escaped(email)}"${fixed ? ' readonly' : ''}>
<label for="number">Card</label>
<input class="number" id="number" value="4242 4242 4242 4242" readonly>
<button class="first" name="action" value="pay">${session.mode === 'subscription' ? 'Subscribe for' : 'Pay'} ${escaped(amount)}</button>
${back}
${buttons(session)}
</form>
</section>`,
    true,
  );
}

/** The page of the buyer's bank. `back`: where its buttons lead. */
export function challenge(session: Session, back: string): string {
  const amount = money(session.amount_total ?? 0, session.currency ?? 'eur');
  return frame(
    'Your bank asks',
    `<section class="card">
<h1>Your bank asks: is it you who pays ${escaped(amount)}?</h1>
<p class="quiet">A bank that uses 3-D Secure would send a number to a phone now.</p>
<form method="post" action="${escaped(back)}" class="stack">
<button class="first" name="action" value="authenticated">Yes, it is me</button>
<button name="action" value="unauthenticated">Fail the authentication</button>
</form>
</section>`,
  );
}

export function expired(session: Session): string {
  const back = session.cancel_url
    ? `<div class="stack"><a class="button first" href="${escaped(session.cancel_url)}">Go back</a></div>`
    : '';
  return frame(
    'Expired',
    `<section class="card">
<h1>This checkout has expired</h1>
<p class="quiet">Nothing was paid. Go back and order again.</p>
${back}
</section>`,
  );
}

/** For whoever comes back to a page that is paid. */
export function done(successUrl: string): string {
  return frame(
    'Done',
    `<section class="card">
<h1>You are all done here</h1>
<p class="quiet">This order was completed already, and it was charged once.</p>
<div class="stack"><a class="button first" href="${escaped(successUrl)}">Go on</a></div>
</section>`,
  );
}

export function unknown(): string {
  return frame(
    'Not found',
    `<section class="card">
<h1>There is nothing here</h1>
<p class="quiet">The address may be mistyped, or the order is one that this stand-in never saw.</p>
</section>`,
  );
}

/** What Stripe would make a sheet of paper of. */
export function invoice(one: Invoice): string {
  const { currency, total, subtotal } = one;
  const tax = (one.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0);
  const items = one.lines.data.map(({ description, amount }) => line(description ?? 'Subscription', amount, currency));
  return frame(
    `Invoice ${one.number ?? ''}`,
    `<section class="card">
<h1>Invoice ${escaped(one.number ?? '')}</h1>
<p class="quiet">For ${escaped(one.customer_email ?? 'a customer')}: ${one.status === 'paid' ? 'paid' : 'not paid yet'}.</p>
<ul class="lines">${items.join('')}${taxLine(tax, total === subtotal, currency)}${line('All together', total, currency)}</ul>
</section>`,
  );
}

/** Where a creator would tell Stripe name, birthday and bank. */
export function onboarding(email: string | null): string {
  return frame(
    'Get paid',
    `<section class="card">
<h1>Get paid by Stripe</h1>
<p class="quiet">Stripe would ask ${email ? escaped(email) : 'you'} for a name, a birthday and a bank account now. The stand-in takes your word for it.</p>
<form method="post" class="stack">
<button class="first" name="action" value="finish">Everything is told</button>
<button name="action" value="later">Not now</button>
</form>
</section>`,
  );
}
