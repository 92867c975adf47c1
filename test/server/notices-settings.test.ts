/** How a mail server is named in the environment. */
import { expect, test } from 'vitest';
import { parseVariables } from '../../config/environment.ts';
import { mailFromOf, operatorOf, smtpUrlOf } from '../../config/mail.ts';

const nothing = { smtpUrl: null, mailFrom: null };
const resolved = (raw: Record<string, string>, kept: { smtpUrl: string | null; mailFrom: string | null } = nothing) => {
  const given = parseVariables(raw);
  return { mailFrom: mailFromOf(given, kept), smtpUrl: smtpUrlOf(given, kept) };
};
const server = { SMTP_URL: 'smtps://u:p@mail.example.org:465', MAIL_FROM: 'Stage Door <live@example.org>' };

test('a server and a sender by either name; SendGrid by its own', () => {
  const wanted = { smtpUrl: server.SMTP_URL, mailFrom: server.MAIL_FROM };
  expect(resolved(server)).toEqual(wanted);
  expect(resolved({ STAGEDOOR_SMTP_URL: server.SMTP_URL, MAIL_FROM: server.MAIL_FROM })).toEqual(wanted);
  expect(resolved({ SENDGRID_API_KEY: 'SG.a/b+c-123456', SENDGRID_FROM_EMAIL: 'live@example.org' })).toEqual({
    smtpUrl: 'smtps://apikey:SG.a%2Fb%2Bc-123456@smtp.sendgrid.net:465',
    mailFrom: 'live@example.org',
  });
  expect(resolved({})).toEqual(nothing);
});

test('what was given once is kept, until it is taken out', () => {
  const kept = { smtpUrl: server.SMTP_URL, mailFrom: server.MAIL_FROM };
  expect(resolved({}, kept)).toEqual(kept);
  expect(resolved({ SMTP_URL: 'off' }, kept).smtpUrl).toBe(null);
  expect(resolved({ MAIL_FROM: 'other@example.org' }, kept)).toEqual({ ...kept, mailFrom: 'other@example.org' });
});

test('what is wrong is named, and no password is repeated', () => {
  expect(() => resolved({ SMTP_URL: server.SMTP_URL })).toThrow(/^SMTP_URL needs MAIL_FROM/);
  expect(() => resolved({ SENDGRID_API_KEY: 'SG.1234567890' })).toThrow(/^SENDGRID_API_KEY needs SENDGRID_FROM_EMAIL/);
  for (const url of ['https://u:secret@mail.example.org', 'mail.example.org', 'smtp://'])
    expect(() => resolved({ ...server, SMTP_URL: url })).toThrow(/^SMTP_URL must look like smtps:.*off\)\.$/);
  for (const from of ['nobody', 'A <a@b>, B <b@c>', 'a@example.org\nBcc: all@example.org'])
    expect(() => resolved({ ...server, MAIL_FROM: from })).toThrow(/^MAIL_FROM must look like/);
  expect(() => parseVariables({ STAGEDOOR_TIME_ZONE: 'Mars/Olympus' })).toThrow(/^STAGEDOOR_TIME_ZONE/);
  expect(parseVariables({ STAGEDOOR_TIME_ZONE: 'Europe/Bucharest' }).STAGEDOOR_TIME_ZONE).toBe('Europe/Bucharest');
});

test('the operator’s address is kept once given, until it is taken out', () => {
  const of = (raw: Record<string, string>, kept: { operatorEmail?: string } | null) =>
    operatorOf(parseVariables(raw), kept);
  const named = { STAGEDOOR_OPERATOR_EMAIL: 'you@example.org' };
  expect(of({}, null)).toEqual({});
  expect(of(named, null)).toEqual({ operatorEmail: 'you@example.org' });
  expect(of({}, { operatorEmail: 'old@example.org' })).toEqual({ operatorEmail: 'old@example.org' });
  expect(of(named, { operatorEmail: 'old@example.org' })).toEqual({ operatorEmail: 'you@example.org' });
  expect(of({ STAGEDOOR_OPERATOR_EMAIL: 'off' }, { operatorEmail: 'old@example.org' })).toEqual({});
  for (const wrong of ['me', 'a@b, c@d', 'Me <me@example.org>', 'a@example.org\nBcc: all@example.org'])
    expect(() => of({ STAGEDOOR_OPERATOR_EMAIL: wrong }, null)).toThrow(
      /^STAGEDOOR_OPERATOR_EMAIL must look like|must be/,
    );
});
