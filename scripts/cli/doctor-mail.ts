/** What `stagedoor doctor` says of mail: where it goes, whether the server answers, whether the operator is told. */
import type { Config } from '#config/index.ts';
import { askMailServer } from '../../server/src/notifications/mailer.ts';
import { isLocal } from '../setup/summary.ts';
import { bad, type Finding, good, warning } from './finding.ts';

/** Longest that the mail server may take to greet and to let us in. */
const ASK_MS = 8000;

type Mail = Pick<Config, 'mailFrom' | 'operatorEmail' | 'publicUrl' | 'secrets'>;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'smtp:': '587', 'smtps:': '465' };

/** Host and port, without user and password. */
function serverOf(smtpUrl: string): string {
  const { hostname, port, protocol } = new URL(smtpUrl);
  return `${hostname}:${port || DEFAULT_PORTS[protocol]}`;
}

async function delivery(config: Mail, limitMs: number): Promise<Finding> {
  const { smtpUrl } = config.secrets;
  if (smtpUrl === null || config.mailFrom === null) {
    const text = 'mails are kept on the outbox page at /admin: no mail server is set up';
    const advice = 'Buyers get no code by mail. Set SMTP_URL and MAIL_FROM and run "npm start" (docs/operators.md).';
    return isLocal(config.publicUrl) ? good(text) : warning(text, advice);
  }
  const server = serverOf(smtpUrl);
  const problem = await askMailServer(config, limitMs);
  if (problem === null) return good(`mails go to ${server}, which answers and lets us in`);
  const advice = /EAUTH|\b535\b/.test(problem)
    ? 'It does not take user and password: look at SMTP_URL (signs like @ are written %40).'
    : 'Mails wait in the outbox. Look at SMTP_URL, and whether this machine may connect there.';
  return bad(`the mail server ${server} does not take our mails: ${problem}`, advice);
}

function operator({ operatorEmail, publicUrl }: Mail): Finding {
  if (operatorEmail) return good(`you are told at ${operatorEmail} what needs you`);
  const text = 'no address of yours is set: payouts that wait and alarms stand on the outbox page alone';
  return isLocal(publicUrl) ? good(text) : warning(text, 'Set STAGEDOOR_OPERATOR_EMAIL and run "npm start".');
}

/** Says how mail leaves this install; asks the mail server, for at most `limitMs`, and sends nothing. */
export const mailFindings = async (config: Mail, limitMs = ASK_MS): Promise<Finding[]> => [
  await delivery(config, limitMs),
  operator(config),
];
