/** How mail leaves this install: by the operator's SMTP server, by SendGrid's, or not at all. */
import { OFF, type Variables } from './environment.ts';
import { ConfigError, type Secrets, type Settings } from './index.ts';

const SENDGRID_HOST = 'smtp.sendgrid.net:465';

/** The server's address that was given now, `off`, or undefined where nothing was said. */
function givenServer(given: Variables): string | undefined {
  const named = given.STAGEDOOR_SMTP_URL ?? given.SMTP_URL;
  if (named) return named;
  const key = given.SENDGRID_API_KEY;
  return key ? `smtps://apikey:${encodeURIComponent(key)}@${SENDGRID_HOST}` : undefined;
}

/** The mail server of this run, with its password; null: mails stay in the outbox. */
export function smtpUrlOf(given: Variables, kept: Pick<Secrets, 'smtpUrl'> | null): string | null {
  const server = givenServer(given);
  return server === OFF ? null : (server ?? kept?.smtpUrl ?? null);
}

/** Who mails come from. Throws `ConfigError` where a mail server is named and no sender. */
export function mailFromOf(given: Variables, kept: Pick<Settings, 'mailFrom'> | null): string | null {
  const from = given.MAIL_FROM ?? given.SENDGRID_FROM_EMAIL ?? kept?.mailFrom ?? null;
  const server = givenServer(given);
  if (server && server !== OFF && from === null)
    throw new ConfigError(
      given.SENDGRID_API_KEY
        ? 'SENDGRID_API_KEY needs SENDGRID_FROM_EMAIL (or MAIL_FROM) beside it: the address that mails come from.'
        : 'SMTP_URL needs MAIL_FROM beside it: the address that mails come from.',
    );
  return from;
}

/** Where the operator is told things, as a part of the settings; empty where no address was ever named. */
export function operatorOf(
  given: Variables,
  kept: Pick<Settings, 'operatorEmail'> | null,
): Pick<Settings, 'operatorEmail'> {
  const address = given.STAGEDOOR_OPERATOR_EMAIL ?? kept?.operatorEmail ?? OFF;
  return address === OFF ? {} : { operatorEmail: address };
}

/** The time zone of this machine, e.g. `Europe/Bucharest`. */
export const machineZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
