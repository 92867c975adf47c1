import { chromium } from 'playwright-core';
import { current, inHours, SHOW, withAccess } from './answers.ts';
import { startMock } from './mock.ts';
import * as A from './shop-answers.ts';

const PHONE = { width: 390, height: 844 },
  DESK = { width: 1440, height: 900 };
const mock = await startMock('/tmp/w/dist');
const only = process.argv[2] ?? '';
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu'],
});
const set = (name: string, body: unknown, status = 200) => {
  mock.answers[name] = { body, status };
};
type P = import('playwright-core').Page;
const shot = async (name: string, path: string, prep: () => void, act?: (page: P) => Promise<unknown>, full = true) => {
  if (!name.includes(only)) return;
  for (const k of Object.keys(mock.answers)) delete mock.answers[k];
  A.signedOut(mock);
  set('GET /api/shop', A.shop());
  set('GET /api/live-sessions/current', {
    ...current({
      ways: [A.byTicket(), A.byCode(), A.byMembership()],
      accessBy: null,
      currency: 'eur',
      ticketPrice: 500,
      signedIn: false,
    } as never),
  });
  prep();
  for (const [size, viewport] of [
    ['phone', PHONE],
    ['desk', DESK],
  ] as const) {
    const context = await browser.newContext({ viewport, locale: 'en-GB' });
    const page = await context.newPage();
    page.on('pageerror', (e) => console.log(name, 'ERROR', String(e)));
    page.on('console', (m) => {
      if (/Content Security|Warning/i.test(m.text())) console.log(name, m.text());
    });
    await page.goto(mock.origin + path);
    await page.waitForTimeout(700);
    try {
      await act?.(page);
    } catch (e) {
      console.log(name, 'ACT', String(e).slice(0, 300));
    }
    await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/w/shots/w-${name}-${size}.png`, fullPage: full && size === 'phone' });
    await context.close();
  }
};
const ways = (change: object) =>
  set(
    'GET /api/live-sessions/current',
    current({
      ways: [A.byTicket(), A.byCode(), A.byMembership()],
      accessBy: null,
      currency: 'eur',
      ticketPrice: 500,
      signedIn: false,
      ...change,
    } as never),
  );
const inside = (change: object = {}) =>
  set(
    'GET /api/live-sessions/current',
    withAccess({
      accessBy: 'code',
      ways: [A.byCode(true), A.byMembership()],
      currency: 'eur',
      ticketPrice: null,
      signedIn: true,
      hlsUrl: null,
      ...change,
    } as never),
  );
const buy = (p: P) => p.getByRole('button', { name: 'Buy a code' }).click();

await shot('ways-all', '/c/demo', () => {});
await shot('ways-code', '/c/demo', () => ways({ ways: [A.byCode()], ticketPrice: null }));
await shot('ways-ticket-fan', '/c/demo', () => {
  ways({ ways: [A.byTicket()], signedIn: true, state: 'scheduled', startsAt: inHours(3) });
  A.signedIn(mock, 120, { unreadNotices: 3 });
});
await shot(
  'ways-warning',
  '/c/demo',
  () => {
    ways({ ways: [A.byCode(), A.byMembership()], state: 'scheduled', startsAt: inHours(30) });
    set(
      'GET /api/shop',
      A.shop({
        code: { ...A.shop().code, warning: 'ends_before', showStartsAt: inHours(30), laterStart: inHours(29.75) },
      }),
    );
  },
  buy,
);
await shot(
  'buy',
  '/c/demo',
  () => {
    ways({ ways: [A.byCode()] });
    set('GET /api/shop', A.shop({ ageGate: 18 }));
  },
  buy,
);
await shot(
  'buy-problem',
  '/c/demo',
  () => ways({ ways: [A.byCode()] }),
  async (p) => {
    await buy(p);
    await p.locator('[data-buy] input[name=email]').fill('ana@example.org');
    await p.getByRole('button', { name: /^Pay/ }).click();
  },
);
for (const [n, v, q] of [
  ['paid', A.paidCode(), ''],
  ['confirming', A.checkout(), ''],
  ['cancelled', A.checkout(), '&cancelled=1'],
  ['expired', A.checkout({ state: 'expired', checkoutUrl: null }), ''],
  ['failed', A.checkout({ state: 'failed', checkoutUrl: null }), ''],
  ['refunded', A.checkout({ state: 'refunded', checkoutUrl: null }), ''],
] as const)
  await shot(`checkout-${n}`, `/c/demo?checkout=${A.CHECKOUT}${q}#claim=abc`, () => {
    if (n === 'paid') inside({ state: 'scheduled', startsAt: inHours(1), hlsUrl: null });
    else ways({ ways: [A.byCode()] });
    set(`GET /api/checkouts/${A.CHECKOUT}`, v);
    set('POST /api/access-codes/validate', {
      valid: true,
      expiresAt: inHours(8),
      secondsLeft: 28800,
      channel: 'demo',
      grant: null,
    });
  });
await shot('checkout-away', `/c/demo?checkout=${A.CHECKOUT}#claim=abc`, () => {
  ways({ ways: [A.byCode()] });
  set(`GET /api/checkouts/${A.CHECKOUT}`, { code: 'unavailable', message: '' }, 503);
});
await shot(
  'sign-in',
  '/c/demo',
  () => {},
  (p) => p.getByRole('button', { name: 'Sign in' }).click(),
  false,
);
await shot(
  'sign-up',
  '/c/demo',
  () => set('GET /api/shop', A.shop({ ageGate: 18 })),
  async (p) => {
    await p.getByRole('button', { name: 'Sign in' }).click();
    await p.getByRole('button', { name: 'I am new here' }).click();
  },
  false,
);
await shot(
  'top-up',
  '/c/demo',
  () => {
    ways({ ways: [A.byTicket()], signedIn: true });
    A.signedIn(mock, 120);
    set(`POST /api/streams/${SHOW}/tickets/checkout`, { code: 'wallet.insufficient_funds', message: '' }, 409);
  },
  (p) => p.getByRole('button', { name: 'Buy a ticket' }).click(),
  false,
);
await shot(
  'top-up-own',
  '/c/demo',
  () => {
    ways({ ways: [A.byTicket()], signedIn: true });
    A.signedIn(mock, 120);
    set(`POST /api/streams/${SHOW}/tickets/checkout`, { code: 'wallet.insufficient_funds', message: '' }, 409);
  },
  async (p) => {
    await p.getByRole('button', { name: 'Buy a ticket' }).click();
    await p.getByText('Another number').click();
  },
  false,
);
await shot('tip-card', '/c/demo', () => {
  inside();
  A.signedIn(mock, 1250);
});
await shot(
  'tip-overlay',
  '/c/demo',
  () => {
    inside();
    A.signedIn(mock, 1250);
  },
  async () => {
    mock.emit(
      'tip:new',
      A.tip(1, { fromUsername: 'Ana', amountTokens: 250, message: 'That chord change! Play it once more, please.' }),
    );
  },
  false,
);
await shot('free', '/c/demo', () => {
  inside({
    accessBy: 'everybody',
    accessUntil: null,
    ways: [{ way: 'everybody', has: true, priceMinor: null, priceTokens: null }],
    signedIn: false,
  });
});
await shot(
  'resend',
  '/c/demo',
  () => ways({ ways: [A.byCode()] }),
  (p) => p.getByRole('button', { name: 'Send me my code again' }).click(),
  false,
);
const acc = () => {
  A.signedIn(mock, 1250, { unreadNotices: 2 });
  mock.answers['GET /api/wallet/spending'] = ({ query }) => {
    const m = query.get('month') ?? '';
    return { body: A.spending(m, [0, 350, 900, 120, 0, 700][Number(m.slice(5)) % 6] ?? 0) };
  };
  set('GET /api/wallet/history', A.history());
  set('GET /api/tickets', A.tickets());
  set('GET /api/subscriptions', [
    A.membership(),
    A.membership({ id: 'sub_1' as never, state: 'past_due', channelName: 'Ion Pop' }),
    A.membership({ id: 'sub_2' as never, cancelAtPeriodEnd: true, channelName: 'Lea' }),
  ]);
  set('GET /api/notices', {
    notices: [
      A.notice(1),
      A.notice(2, { title: 'Tokens bought', text: '1,000 tokens are in your wallet.', path: '/account' }),
      A.notice(30, { read: true }),
    ],
    unread: 2,
    next: null,
  });
};
await shot('account-guest', '/account', () => {});
for (const part of ['wallet', 'tickets', 'memberships', 'notices', 'settings'])
  await shot(`account-${part}`, part === 'wallet' ? '/account' : `/account/${part}`, acc);
await shot('account-unverified', '/account/tickets', () => {
  acc();
  A.signedIn(mock, 0, { emailVerified: false });
});
await shot('reset', '/account/reset#token=abc', () => {});
await shot('streams', '/streams', () => {
  set('GET /api/streams', []);
  A.signedIn(mock, 40);
});
await browser.close();
await mock.stop();
process.exit(0);
