/** The checkout page in a browser, under the content security policy of the product's own address. */
import type { Browser } from 'playwright-core';
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDevice, startBrowser } from '../kit/browser.ts';
import { type Rig, startRig } from './rig.ts';

const PHONE = { width: 390, height: 844 };

let rig: Rig;
let browser: Browser;
let shop: string;
beforeAll(async () => {
  [rig, browser] = await Promise.all([startRig(), startBrowser()]);
  // Somewhere on the same origin, as at the product's address; what stands there does not matter.
  shop = `http://127.0.0.1:${rig.options.port}/standin/page.css`;
});
afterAll(async () => {
  await browser?.close();
  await rig?.stop();
});

const order = (more: Stripe.Checkout.SessionCreateParams = {}) =>
  rig.session(999, { success_url: `${shop}?paid={CHECKOUT_SESSION_ID}`, cancel_url: `${shop}?back`, ...more });

async function open(session: Stripe.Checkout.Session, viewport = PHONE) {
  const device = await newDevice(browser, viewport);
  await device.page.goto(session.url ?? '');
  return {
    ...device,
    press: (name: RegExp) => device.page.getByRole('button', { name }).click(),
    async done() {
      expect(device.faults).toEqual([]);
      await device.context.close();
    },
  };
}

const chargesOf = async (session: Stripe.Checkout.Session) => {
  const { payment_intent: intent } = await rig.stripe.checkout.sessions.retrieve(session.id);
  if (intent === null) return [];
  return (await rig.stripe.charges.list({ payment_intent: intent as string })).data.map(({ status }) => status);
};

test('every page says that no money moves, and fits a phone', async () => {
  const session = await order();
  const { page, press, done } = await open(session);
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  const notice = page.getByText('No money moves: this is a stand-in for Stripe');
  const sees = async () => {
    await notice.waitFor();
    expect(
      await notice.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize)),
    ).toBeGreaterThanOrEqual(18);
    expect(await fits()).toBe(true);
  };
  await sees();
  expect(await page.getByLabel('Email').inputValue()).toBe('fan@example.org');
  expect(await page.getByRole('main').textContent()).toMatch(/€9\.99[\s\S]*An access code/);
  await press(/3-D Secure/);
  await sees();
  await press(/Yes, it is me/);
  await page.waitForURL(`${shop}?paid=${session.id}`);
  await page.goBack();
  await sees();
  await page.goto((await order()).url?.replace(/.$/, '_') ?? '');
  await sees();
  await done();
});

test('pay, and go to where the seller said', async () => {
  const session = await order();
  const { page, press, done } = await open(session);
  await press(/^Pay €9\.99$/);
  await page.waitForURL(`${shop}?paid=${session.id}`);
  expect(await chargesOf(session)).toEqual(['succeeded']);
  await done();
});

test('a double click pays once, and so do two tabs', async () => {
  const session = await order();
  const [one, two] = [await open(session), await open(session)];
  await one.page.getByRole('button', { name: /^Pay €/ }).dblclick();
  await two.press(/^Pay €/);
  await Promise.all([one, two].map(({ page }) => page.waitForURL(`${shop}?paid=${session.id}`)));
  expect(await chargesOf(session)).toEqual(['succeeded']);
  await one.done();
  await two.done();
});

test('a declined card: the sentence, the same page, and the next try pays', async () => {
  const session = await order();
  const { page, press, done } = await open(session);
  await press(/declined/);
  expect(await page.getByRole('alert').textContent()).toBe('Your card was declined.');
  expect(page.url()).toContain(session.url);
  await press(/too little money/);
  expect(await page.getByRole('alert').textContent()).toBe('Your card has insufficient funds.');
  await press(/^Pay €/);
  await page.waitForURL(`${shop}?paid=${session.id}`);
  expect(await chargesOf(session)).toEqual(['succeeded', 'failed', 'failed']);
  await done();
});

test('an authentication that fails leaves the order open', async () => {
  const session = await order();
  const { page, press, done } = await open(session);
  await press(/3-D Secure/);
  await press(/Fail the authentication/);
  expect(await page.getByRole('alert').textContent()).toContain('We are unable to authenticate your payment method.');
  const { payment_intent: intent } = await rig.stripe.checkout.sessions.retrieve(session.id, {
    expand: ['payment_intent'],
  });
  expect(intent).toMatchObject({
    last_payment_error: { code: 'payment_intent_authentication_failure' },
    latest_charge: null,
  });
  await press(/^Pay €/);
  await page.waitForURL(`${shop}?paid=${session.id}`);
  await done();
});

test('go back to the shop, and from a paid order not into paying again', async () => {
  const session = await order();
  const { page, press, done } = await open(session);
  await page.getByRole('link', { name: 'Go back' }).click();
  await page.waitForURL(`${shop}?back`);
  await page.goBack();
  await press(/^Pay €/);
  await page.waitForURL(`${shop}?paid=${session.id}`);
  await page.goBack();
  await page.getByText('You are all done here').waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
  expect(await chargesOf(session)).toEqual(['succeeded']);
  await done();
});

test('an expired order says so and offers the way back', async () => {
  const session = await order();
  await rig.stripe.checkout.sessions.expire(session.id);
  const { page, done } = await open(session);
  await page.getByText('This checkout has expired').waitFor();
  await page.getByRole('link', { name: 'Go back' }).click();
  await page.waitForURL(`${shop}?back`);
  await done();
});
