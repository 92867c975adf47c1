/** Every letter in every language: nothing missing, nothing unescaped. No database. */
import { expect, test } from 'vitest';
import { Language, NoticeEvent } from '#contract/notices.ts';
import { cash, instant, length } from '../../server/src/notifications/letters/format.ts';
import type { AnyData } from '../../server/src/notifications/letters/index.ts';
import { frameOf, letterOf, tokensIn } from '../../server/src/notifications/letters/index.ts';
import { escapeHtml, toHtml, toText } from '../../server/src/notifications/letters/layout.ts';
import type { Variables } from '../../server/src/notifications/letters/letter.ts';

const NAMES = [
  'accessCode',
  'expiresAt',
  'liveUrl',
  'hoursLeft',
  'validHours',
  'validFrom',
  'location',
  'startTime',
  'duration',
  'channelName',
  'showTitle',
  'amount',
  'tax',
  'fromName',
  'message',
  'until',
  'reason',
  'link',
  'unsubscribeLink',
  'maxDevices',
  'siteName',
  'siteUrl',
] as const;
/** Each variable names itself and carries every sign that HTML knows. */
const marked = (name: string) => `‹${name}›<b a="1" c='2'>&`;
const VARIABLES = Object.fromEntries(NAMES.map((name) => [name, marked(name)])) as Variables;

const CODE = ['accessCode', 'expiresAt', 'liveUrl', 'location', 'startTime', 'duration', 'channelName', 'maxDevices'];
const payment = (role: string) => ({ role, what: 'code', partial: false });
/** Each event's kinds of data, and the variables that its text must name. */
const CASES: Record<NoticeEvent, readonly (readonly [data: object, named: readonly string[]])[]> = {
  'account.verify': [[{}, ['link', 'siteName']]],
  'account.exists': [[{}, ['siteName', 'siteUrl']]],
  'account.reset': [[{}, ['link', 'siteName']]],
  'code.issued': [[{}, [...CODE, 'validHours', 'validFrom']]],
  'code.resent': [[{}, [...CODE, 'validHours']]],
  'code.expiring': [[{}, [...CODE, 'hoursLeft']]],
  'payment.received': [
    [payment('buyer'), ['amount', 'tax', 'channelName']],
    [payment('seller'), ['amount', 'channelName']],
  ],
  'payment.refunded': [
    [payment('buyer'), ['amount', 'channelName']],
    [{ ...payment('seller'), partial: true }, ['amount', 'channelName']],
  ],
  'payment.disputed': [[payment('seller'), ['amount', 'channelName']]],
  'ticket.bought': [[{}, ['channelName', 'startTime', 'duration', 'location', 'amount', 'liveUrl', 'showTitle']]],
  'ticket.refunded': ['cancelled', 'never_began', 'refunded'].map((reason) => [{ reason }, ['channelName', 'amount']]),
  'tip.received': [[{}, ['amount', 'fromName', 'message', 'channelName']]],
  'membership.started': [
    [{ role: 'fan' }, ['channelName', 'until', 'liveUrl']],
    [{ role: 'creator' }, ['channelName', 'fromName']],
  ],
  'membership.past_due': [[{}, ['channelName', 'until']]],
  'membership.ended': [
    [{ role: 'fan' }, ['channelName', 'liveUrl']],
    [{ role: 'creator' }, ['channelName', 'fromName']],
  ],
  'payout.requested': [[{}, ['amount']]],
  'payout.paid': [[{}, ['amount']]],
  'payout.rejected': [[{}, ['amount', 'reason']]],
  'payout.reversed': [
    [{ partial: true }, ['amount']],
    [{ partial: false }, ['amount']],
  ],
  'operator.payout_requested': [[{}, ['amount', 'fromName', 'siteUrl']]],
  'operator.guessing': [[{ wrong: 300, minutes: 10 }, ['siteUrl']]],
  'operator.payment_mismatch': [[{ checkoutId: 'chk_1' }, ['reason', 'siteUrl']]],
};

const all = NoticeEvent.options.flatMap((event) =>
  Language.options.flatMap((language) => CASES[event].map(([data, named]) => ({ event, language, data, named }))),
);

test.each(all)('$event in $language names what it must and escapes it', ({ event, language, data, named }) => {
  const letter = letterOf(language, event, VARIABLES, data as AnyData);
  const frame = frameOf(language, VARIABLES);
  const [html, text] = [toHtml(letter, frame), toText(letter, frame)];
  // Under each of them, where one may take such mails off.
  for (const name of [...named, 'unsubscribeLink']) {
    expect(text, name).toContain(marked(name));
    expect(html, name).toContain(escapeHtml(marked(name)));
  }
  // None of the planted tags opened, none of the planted quotes closed an attribute.
  expect(html).not.toMatch(/<b |›<|a="1"|c='2'/);
  expect(html.replaceAll(/&(amp|lt|gt|quot|#39|bull|nbsp|zwnj|#847);/g, '')).not.toMatch(/&/);
  for (const out of [html, text, letter.subject]) expect(out).not.toMatch(/undefined|null|NaN|\{\{|\$\{|\[object/);
  expect(html).toContain(`<html lang="${language}">`);
  expect(html).toContain('prefers-color-scheme:dark');
  // Nothing is fetched when the mail is opened.
  expect(html).not.toMatch(/<(img|link|script|iframe)\b|url\(|@import/i);
  expect(letter.subject.length).toBeGreaterThan(5);
  expect(letter.preheader.length).toBeGreaterThan(5);
});

test('every letter is written in each language, not in one', () => {
  for (const event of NoticeEvent.options) {
    const data = CASES[event][0]?.[0] as AnyData;
    const titles = Language.options.map((language) => letterOf(language, event, VARIABLES, data).subject);
    expect(new Set(titles).size, event).toBe(3);
  }
});

test('a mail that is always sent offers nothing to take off', () => {
  for (const language of Language.options) {
    const frame = frameOf(language, { ...VARIABLES, unsubscribeLink: '' });
    const letter = letterOf(language, 'code.issued', VARIABLES, { codeId: '' });
    const whole = frameOf(language, VARIABLES).unsubscribe?.label ?? '';
    expect(whole.length).toBeGreaterThan(10);
    for (const out of [toHtml(letter, frame), toText(letter, frame)]) expect(out).not.toContain(whole);
  }
});

test('money that a creator is told of leads to the earnings', () => {
  const sale = { role: 'seller', what: 'code' };
  const events = ['payment.received', 'payment.disputed', 'tip.received', 'payout.requested', 'payout.paid'] as const;
  for (const event of [...events, 'payout.rejected'] as const)
    for (const language of Language.options)
      expect(letterOf(language, event, VARIABLES, sale as AnyData).button?.url, event).toBe(
        `${VARIABLES.siteUrl}/studio/earnings`,
      );
});

test("the code's letter says all that its holder must know, with five steps and one button", () => {
  const says = {
    en: [/Valid /, /Come and go/, /stays valid if the live breaks off/, /Share it with nobody/],
    ro: [/Valabil /, /Intri și ieși/, /Rămâne valabil dacă live-ul se întrerupe/, /Nu-l da nimănui/],
    es: [/Válido /, /Entra y sal/, /Sigue siendo válido si el directo se corta/, /No lo compartas con nadie/],
  };
  for (const language of Language.options) {
    const letter = letterOf(language, 'code.issued', VARIABLES, { codeId: '' });
    const text = toText(letter, frameOf(language, VARIABLES));
    for (const sentence of says[language]) expect(text).toMatch(sentence);
    expect(letter.steps?.items).toHaveLength(5);
    expect(letter.button?.url).toBe(`${VARIABLES.liveUrl}#code=${VARIABLES.accessCode}`);
  }
});

test('times name their zone; lengths and amounts are written as the language does', () => {
  const at = new Date('2026-11-21T16:04:00Z');
  expect(instant(at, 'en', 'Europe/Bucharest')).toBe('Saturday, 21 November 2026 at 18:04 (Europe/Bucharest, GMT+2)');
  expect(instant(at, 'ro', 'Europe/Bucharest')).toContain('18:04 (Europe/Bucharest, GMT+2)');
  expect(instant(at, 'es', 'UTC')).toContain('16:04 (UTC)');
  expect([length(8 * 3_600_000, 'en'), length(95 * 60_000, 'ro'), length(3_600_000, 'es')]).toEqual([
    '8 hours',
    '1 oră și 35 de minute',
    '1 hora',
  ]);
  expect([cash(549, 'eur', 'en'), cash(549, 'jpy', 'en')]).toEqual(['€5.49', 'JP¥549']);
  expect([tokensIn('ro', 1), tokensIn('ro', 5), tokensIn('ro', 50)]).toEqual(['1 jeton', '5 jetoane', '50 de jetoane']);
});
