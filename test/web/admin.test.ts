/** The operator's pages against set answers: the key, mails, payouts, customers; accessible, no violation. */
import { beforeEach, expect, test } from 'vitest';
import { customer, dashboard, mail, opened, outbox, payout, payoutPage } from './admin-answers.ts';
import { DESK, expectAccessible, overflowOf, PHONE, withPages } from './pages.ts';
import { membership } from './shop-answers.ts';

const KEY = 'an-operators-key-0123456789';
const REFUSED = { status: 401, body: { code: 'auth.required', message: '' } };

const pages = withPages();
beforeEach(() => {
  const { answers } = pages.mock;
  answers['GET /api/admin/dashboard'] = ({ bearer }) => (bearer === KEY ? { body: dashboard() } : REFUSED);
  answers['GET /api/admin/outbox'] = { body: outbox([mail()]) };
  answers['GET /api/admin/payouts'] = { body: payoutPage([payout()]) };
});

/** A page of the operator's, with the key in the tab already. */
const open = (path: string, viewport = PHONE) =>
  pages.open(path, viewport, (page) =>
    page.addInitScript((key) => sessionStorage.setItem('stagedoor:admin-key', key), KEY),
  );

test('the key is tried before it is kept, stays in the tab, and is forgotten on leaving', async () => {
  const { page, context, faults } = await pages.open('/admin');
  await page.getByLabel('ADMIN_API_KEY').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This is not the key.').waitFor();
  await expectAccessible(page);
  await page.getByLabel('ADMIN_API_KEY').fill(KEY);
  await page.keyboard.press('Enter');
  await page.getByText('stand-in: no money moves').waitFor();
  const kept = () => page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage)]);
  const [session, local] = await kept();
  expect(session).toContain(KEY);
  expect(local).not.toContain(KEY);
  expect(await context.cookies()).toEqual([]);
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByLabel('ADMIN_API_KEY').waitFor();
  expect((await kept()).join()).not.toContain(KEY);
  expect(faults).toEqual([]);
  await context.close();
});

test('the overview shows sales, payouts and faults; Stripe can be asked at once', async () => {
  const sent: unknown[] = [];
  pages.mock.answers['POST /api/admin/reconcile'] = ({ body, bearer }) => {
    sent.push([body, bearer]);
    return { body: { events: 3, checkouts: 1, subscriptions: 0, refunds: 0, accounts: 0, transfers: 0, failed: 1 } };
  };
  pages.mock.answers['POST /api/admin/sync'] = { body: membership({ state: 'past_due' }) };
  for (const viewport of [PHONE, DESK]) {
    sent.length = 0;
    const { page, context, faults } = await open('/admin', viewport);
    await page.getByText('140 sold, €1,398.60; platform €278.60, given back €19.98').waitFor();
    await page.getByText('1 (€40.00)').waitFor();
    await page.getByRole('button', { name: 'Reconcile now' }).dblclick();
    await page.getByText('Caught up: 3 events, 1 checkouts').waitFor();
    expect(sent).toEqual([[{}, KEY]]);
    await page.getByLabel('Subscription, our id or Stripe’s').fill('sub_1');
    await page.getByRole('button', { name: 'Sync' }).click();
    await page.getByText('It is past_due now.').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});

test('a mail opens as it looks, with no script run and no link followed, and is sent again', async () => {
  const { answers } = pages.mock;
  const { id } = mail();
  const asked: (string | null)[][] = [];
  answers['GET /api/admin/outbox'] = ({ query }) => {
    asked.push([query.get('state'), query.get('event')]);
    return { body: outbox([mail()]) };
  };
  answers[`GET /api/admin/outbox/${id}`] = { body: opened() };
  answers[`POST /api/admin/outbox/${id}/retry`] = { body: mail({ state: 'pending' }) };
  const { page, context, faults } = await open('/admin/outbox');
  await page.getByText('No mail server is set up').waitFor();
  await page.getByText('550 no such mailbox').waitFor();
  await page.getByLabel('Show').selectOption('failed');
  await expect.poll(() => asked.at(-1)).toEqual(['failed', null]);
  await page.getByLabel('Event').selectOption('operator.guessing');
  await expect.poll(() => asked.at(-1)).toEqual(['failed', 'operator.guessing']);
  await page.getByLabel('Show').selectOption('');
  await expect.poll(() => asked.at(-1)).toEqual([null, 'operator.guessing']);
  expect(await overflowOf(page)).toBe(0);
  await page.getByRole('button', { name: 'Open code.issued to ana@example.org' }).click();
  // No script runs in the frame, so neither does axe: it is looked at from outside.
  const paragraph = () =>
    page.evaluate(() => {
      const inside = document.querySelector('iframe')?.contentDocument;
      const text = inside?.querySelector('p');
      if (!inside || !text) return null;
      inside.querySelector('a')?.click();
      return [text.textContent, getComputedStyle(text).paddingTop, inside.location.href];
    });
  await expect.poll(paragraph).toEqual(['Your code', '24px', 'about:srcdoc']);
  expect(await paragraph()).toEqual(['Your code', '24px', 'about:srcdoc']);
  expect(await page.title()).not.toBe('run');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Send again: code.issued, ana@example.org' }).click();
  await page.getByText('Queued to be sent again.').waitFor();
  await expectAccessible(page);
  expect(faults.filter((fault) => /style/.test(fault))).toEqual([]);
  await context.close();
});

test('a payout is approved once, or rejected with a reason; a refusal is said in the question', async () => {
  const { answers } = pages.mock;
  const { id } = payout();
  const sent: unknown[] = [];
  answers[`POST /api/admin/payouts/${id}/approve`] = () => ({
    status: 409,
    body: { code: 'payout.state', message: 'It moved on.' },
  });
  answers[`POST /api/admin/payouts/${id}/reject`] = ({ body }) => {
    sent.push(body);
    answers['GET /api/admin/payouts'] = { body: payoutPage([]) };
    return { body: payout({ state: 'rejected' }) };
  };
  const { page, context, faults } = await open('/admin/payouts');
  await page.getByRole('button', { name: 'Approve: €40.00 to Mara Voss' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('€40.00 to Mara Voss (mara@example.org)').waitFor();
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await dialog.getByText('It moved on.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Reject: €40.00 to Mara Voss' }).click();
  await dialog.getByRole('button', { name: 'Reject' }).click();
  await dialog.getByText('Please fill this in.').waitFor();
  await expectAccessible(page);
  await dialog.getByLabel('Reason').fill('No account at Stripe yet');
  await dialog.getByRole('button', { name: 'Reject' }).dblclick();
  await page.getByText('No payout is in this state.').waitFor();
  await page.getByText('€40.00 went back into the balance of Mara Voss.').waitFor();
  expect(sent).toEqual([{ reason: 'No account at Stripe yet' }]);
  expect(faults).toEqual([]);
  await context.close();
});

test('an approved payout that is paid by hand stays in sight until it is marked as paid', async () => {
  const { answers } = pages.mock;
  const { id } = payout();
  const states: (string | null)[] = [];
  const approved = payout({ state: 'approved' });
  answers['GET /api/admin/payouts'] = ({ query }) => {
    states.push(query.get('state'));
    return { body: payoutPage(query.get('state') === 'approved' ? [approved] : [payout()]) };
  };
  answers[`POST /api/admin/payouts/${id}/approve`] = { body: approved };
  const { page, context, faults } = await open('/admin/payouts');
  await page.getByRole('button', { name: 'Approve: €40.00 to Mara Voss' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).dblclick();
  await page.getByText('€40.00 to Mara Voss is approved. Pay it by hand, then mark it as paid here.').waitFor();
  await page.getByRole('button', { name: 'Mark as paid: €40.00 to Mara Voss' }).waitFor();
  expect(await page.getByLabel('Show').inputValue()).toBe('approved');
  // Without an account at Stripe nothing can be sent there; with one, it can be tried again.
  expect(await page.getByRole('button', { name: /^(Approve|Send by Stripe)/ }).count()).toBe(0);
  expect(states.at(-1)).toBe('approved');
  await expectAccessible(page);
  const ready = { ...approved, creator: { ...approved.creator, connect: 'ready' as const } };
  answers['GET /api/admin/payouts'] = { body: payoutPage([ready]) };
  await page.getByLabel('Show').selectOption('');
  await page.getByRole('button', { name: 'Send by Stripe: €40.00 to Mara Voss' }).waitFor();
  expect(faults).toEqual([]);
  await context.close();
});

test('a customer is found by e-mail with everything that was bought', async () => {
  pages.mock.answers['GET /api/admin/customers'] = ({ query }) =>
    query.get('email') === 'ana@example.org'
      ? { body: customer() }
      : { status: 404, body: { code: 'not_found', message: '' } };
  for (const viewport of [PHONE, DESK]) {
    const { page, context, faults } = await open('/admin/customers', viewport);
    await page.getByLabel('E-mail address').fill('ana');
    await page.keyboard.press('Enter');
    await page.getByText('Please type an e-mail address.').waitFor();
    await page.getByLabel('E-mail address').fill('ana@example.org');
    await page.keyboard.press('Enter');
    await page.getByText('Wallet: 1,250 tokens').waitFor();
    await page.getByText('given back €2.50').waitFor();
    await page.getByText('The sound was gone').waitFor();
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await context.close();
  }
});
