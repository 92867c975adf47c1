/** Which notices one may choose to have: the rules, over every event, group and choice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoticeEvent, NoticeGroup } from '#contract/notices.ts';
import * as rules from '../../server/src/notifications/rules.ts';

/** Written out, so that a group which is made a choice by mistake is seen here. */
const ALWAYS = [
  ['account.verify', {}],
  ['account.exists', {}],
  ['account.reset', {}],
  ['code.issued', {}],
  ['code.resent', {}],
  ['payment.received', { role: 'buyer' }],
  ['payment.refunded', { role: 'buyer' }],
  ['payment.refunded', { role: 'seller' }],
  ['payment.disputed', { role: 'seller' }],
  ['ticket.bought', {}],
  ['ticket.refunded', { reason: 'refunded' }],
  ['membership.started', { role: 'fan' }],
  ['membership.past_due', {}],
  ['membership.ended', { role: 'fan' }],
  ['operator.payout_requested', {}],
  ['operator.guessing', {}],
  ['operator.payment_mismatch', {}],
] as const satisfies readonly (readonly [NoticeEvent, rules.About])[];
const CHOICES = [
  ['code.expiring', {}, 'reminders'],
  ['ticket.refunded', { reason: 'cancelled' }, 'shows'],
  ['ticket.refunded', { reason: 'never_began' }, 'shows'],
  ['tip.received', {}, 'tips'],
  ['payment.received', { role: 'seller' }, 'sales'],
  ['membership.started', { role: 'creator' }, 'members'],
  ['membership.ended', { role: 'creator' }, 'members'],
  ['payout.requested', {}, 'payouts'],
  ['payout.paid', {}, 'payouts'],
  ['payout.rejected', {}, 'payouts'],
  ['payout.reversed', {}, 'payouts'],
] as const satisfies readonly (readonly [NoticeEvent, rules.About, NoticeGroup])[];

const said = fc.constantFrom(true, false, null);
const group = fc.constantFrom(...NoticeGroup.options);

test('what is needed goes out whatever was said; every event is one or the other', () => {
  for (const [event, about] of ALWAYS) {
    const of = rules.groupOf(event, about);
    expect(rules.isChoice(of), event).toBe(false);
    if (of) fc.assert(fc.property(said, fc.boolean(), (word, off) => rules.goesOut(of, word, off)));
  }
  for (const [event, about, expected] of CHOICES) expect(rules.groupOf(event, about)).toBe(expected);
  const named = new Set<string>([...ALWAYS, ...CHOICES].map(([event]) => event));
  expect([...named].sort()).toEqual([...NoticeEvent.options].sort());
});

test('a choice goes out unless its reader said no, by either way', () => {
  fc.assert(
    fc.property(group, said, fc.boolean(), (of, word, off) => {
      fc.pre(rules.isChoice(of));
      expect(rules.goesOut(of, word, off)).toBe(!off && word !== false);
    }),
  );
});

test('what is shown is what may be chosen, and what holds', () => {
  fc.assert(
    fc.property(group, said, said, fc.boolean(), (of, mail, app, off) => {
      const choice = rules.choiceOf(of, mail, app, off);
      expect(choice.needed).toBe(!rules.isChoice(of));
      for (const wanted of [true, false]) {
        expect(rules.mayChoose(of, wanted, undefined)).toBe(!choice.needed && choice.mail !== null);
        expect(rules.mayChoose(of, undefined, wanted)).toBe(!choice.needed && choice.app !== null);
      }
      expect(rules.mayChoose(of, undefined, undefined)).toBe(false);
      if (choice.needed) expect(choice.mail).toBe(true);
      else if (choice.mail !== null) {
        // Mails on request come only to who said so; all others to who did not say no.
        const silent = mail === null && rules.mailOnRequest(of);
        expect(choice.mail).toBe(rules.goesOut(of, mail, off) && !silent);
      }
      if (!choice.needed && choice.app !== null) expect(choice.app).toBe(rules.goesOut(of, app, false));
    }),
  );
});

test('an address is hidden but for what its owner knows it by', () => {
  expect(rules.masked('ana.pop@example.org')).toBe('a•••@example.org');
  expect(rules.masked('a@example.org')).toBe('a•••@example.org');
});
