/** Mail by SMTP, and the only importer of nodemailer. */
import { createTransport } from 'nodemailer';
import type { Config } from '#config/index.ts';
import type { Mail } from './render.ts';
import type { Failure } from './rules.ts';

/** Connections to the mail server at once, and mails through one of them. */
export const CONNECTIONS = 5;
const MAILS_A_CONNECTION = 100;
const CONNECT_MS = 10_000;
/** Longest silence of the mail server. */
const SILENCE_MS = 20_000;
/** Longest that one mail may take in all. A worker's lease on it is longer. */
const SEND_MS = 45_000;

type Outgoing = Mail & {
  readonly id: string;
  readonly to: string;
  /** Where a mail program takes such mails off; null where there is no choice. */
  readonly oneClick: string | null;
};
export type Mailer = {
  /** Resolves once the mail server has taken the mail; rejects with nodemailer's error. */
  send(mail: Outgoing): Promise<void>;
  close(): void;
};

class TooSlow extends Error {
  readonly code = 'ETIMEDOUT';
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooSlow('the mail server took too long')), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** True where a mail server and a sender are set up. */
export const sendsMail = ({ secrets, mailFrom }: Config): boolean => secrets.smtpUrl !== null && mailFrom !== null;

const OWN_TIMES = { connectMs: CONNECT_MS, silenceMs: SILENCE_MS };

function transportTo(url: string, times: typeof OWN_TIMES) {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: MAILS_A_CONNECTION,
    connectionTimeout: times.connectMs,
    greetingTimeout: times.connectMs,
    socketTimeout: times.silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // A connection that is lost while idle must not end the process.
  transport.on('error', () => undefined);
  return transport;
}

/**
 * Connects to the mail server and signs in, and sends nothing. Null: it answers as it should, or none is set up; else
 * why not, in a few words without a password.
 */
export async function askMailServer({ secrets }: Pick<Config, 'secrets'>, limitMs: number): Promise<string | null> {
  if (secrets.smtpUrl === null) return null;
  const transport = transportTo(secrets.smtpUrl, { connectMs: limitMs, silenceMs: limitMs });
  try {
    await within(limitMs, transport.verify());
    return null;
  } catch (error) {
    return failureOf(error).words;
  } finally {
    transport.close();
  }
}

/** What a mail program reads to offer unsubscribing by itself (RFC 2369, RFC 8058). */
const oneClickHeaders = (url: string | null): Record<string, string> =>
  url === null ? {} : { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };

/** The mail server's door, or null where none is set up. Connects at the first mail. */
export function openMailer(config: Config, times = OWN_TIMES): Mailer | null {
  const { smtpUrl } = config.secrets;
  const from = config.mailFrom;
  if (smtpUrl === null || from === null) return null;
  const transport = transportTo(smtpUrl, times);
  const domain = /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ id, to, subject, html, text, oneClick }) {
      await within(
        SEND_MS,
        transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          html,
          text,
          // The same at each attempt, so that a mail which arrives twice can be known.
          messageId: `<${id}@${domain}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
            ...oneClickHeaders(oneClick),
          },
        }),
      );
    },
    close: () => transport.close(),
  };
}

const field = (error: object, name: string): unknown =>
  name in error ? (error as Record<string, unknown>)[name] : undefined;

/** What a failed attempt says, and in words for the outbox page. No password is in it. */
export function failureOf(error: unknown): Failure & { readonly words: string } {
  if (!(error instanceof Error)) return { words: 'unknown' };
  const [code, response, command] = [field(error, 'code'), field(error, 'responseCode'), field(error, 'command')];
  const said = field(error, 'response');
  const words = [code, command, typeof said === 'string' ? said : error.message].filter(
    (part) => typeof part === 'string',
  );
  return {
    code: typeof code === 'string' ? code : undefined,
    responseCode: typeof response === 'number' ? response : undefined,
    command: typeof command === 'string' ? command : undefined,
    words: words.join(' ').replaceAll(/\s+/g, ' ').slice(0, 300),
  };
}
