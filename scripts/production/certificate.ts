/** Reads, checks and obtains the certificate that nginx serves. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { SetupError } from '../setup/say.ts';
import { run } from './run.ts';
import { callUserHalf, ownerOf } from './user-half.ts';

const DAY_MS = 86_400_000;
/** Let's Encrypt's last 90 days, certbot renews with 30 left: under 21 something is wrong. */
const ALARM_DAYS = 21;
const LINEAGE = 'stagedoor';

export type CertificateState = {
  readonly issuer: string;
  readonly validUntil: string;
  readonly daysLeft: number;
  readonly alarm: boolean;
};

/** Looks at a certificate in PEM, without judging who signed it. */
export function stateOf(pem: string, nowMs: number): CertificateState {
  const certificate = new X509Certificate(pem);
  const daysLeft = Math.floor((certificate.validToDate.getTime() - nowMs) / DAY_MS);
  return {
    issuer: certificate.issuer.split('\n').at(-1) ?? '',
    validUntil: certificate.validToDate.toISOString(),
    daysLeft,
    alarm: daysLeft < ALARM_DAYS,
  };
}

/** Throws `SetupError` unless certificate and key fit each other and the domain, and are valid now. */
export function checkPair(domain: string, certificate: string, key: string, nowMs: number): void {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    throw new SetupError('The certificate file is not a certificate in PEM form.');
  }
  try {
    if (!parsed.checkPrivateKey(createPrivateKey(key))) throw new Error('other key');
  } catch {
    throw new SetupError('The key file does not belong to the certificate, or is not an unencrypted key in PEM form.');
  }
  if (!parsed.checkHost(domain))
    throw new SetupError(`The certificate is for ${parsed.subjectAltName ?? 'another name'}, not for ${domain}.`);
  if (parsed.validToDate.getTime() < nowMs) throw new SetupError(`The certificate ended on ${parsed.validTo}.`);
  if (parsed.validFromDate.getTime() > nowMs)
    throw new SetupError(`The certificate is not valid before ${parsed.validFrom}.`);
}

const acmeDir = (varDir: string) => join(varDir, 'acme');
export const webrootOf = (varDir: string) => join(varDir, 'acme/webroot');

function certbotFolders(varDir: string): string[] {
  const folder = (name: string) => join(acmeDir(varDir), name);
  return ['--config-dir', folder('config'), '--work-dir', folder('work'), '--logs-dir', folder('logs')];
}

function certbot(varDir: string, args: readonly string[]): ReturnType<typeof run> {
  // As the install's user and in its own folders: certbot needs no root for a challenge by webroot.
  return run('certbot', [...args, '--non-interactive', ...certbotFolders(varDir)], {
    as: ownerOf(varDir),
    cwd: varDir,
    env: { ...process.env, HOME: varDir },
  });
}

export type Order = { readonly domain: string; readonly email?: string | undefined; readonly acmeServer: string };

/** Obtains a certificate. Something must serve the webroot on port 80 meanwhile. Throws with certbot's words. */
export async function obtain(varDir: string, order: Order): Promise<void> {
  const account = order.email ? ['--email', order.email] : ['--register-unsafely-without-email'];
  const name = ['--cert-name', LINEAGE, '-d', order.domain, '--keep-until-expiring', '--renew-with-new-domains'];
  const how = ['--webroot', '-w', webrootOf(varDir), '--server', order.acmeServer, '--agree-tos'];
  await certbot(varDir, ['certonly', ...how, ...account, ...name]);
}

/** Where a certificate comes from at each renewal: certbot's folder, or the files that the operator gave. */
export function sourceOf(varDir: string): { certFile: string; keyFile: string } | null {
  const live = join(acmeDir(varDir), 'config/live', LINEAGE);
  if (!existsSync(join(live, 'fullchain.pem'))) return null;
  return { certFile: join(live, 'fullchain.pem'), keyFile: join(live, 'privkey.pem') };
}

/** Puts a pair where nginx reads it. Returns false where it is there already. */
export async function deploy(varDir: string, domain: string, certificate: string, key: string): Promise<boolean> {
  checkPair(domain, certificate, key, Date.now());
  const current = join(varDir, 'tls/fullchain.pem');
  if (existsSync(current) && readFileSync(current, 'utf8') === certificate) return false;
  await callUserHalf(varDir, 'certificate', { certificate, key });
  return true;
}

export type Renewal = { readonly renewed: boolean; readonly reloaded: boolean; readonly certificate: CertificateState };

/** Renews where due (or `force`), deploys what is new and has nginx read it. */
export async function renew(
  config: Config,
  given: { certFile: string; keyFile: string } | null,
  force: boolean,
): Promise<Renewal> {
  const { tls, varDir } = config;
  if (!tls) throw new SetupError('This install has no certificate. Run "stagedoor setup DOMAIN" first.');
  if (!given) await certbot(varDir, ['renew', '--no-random-sleep-on-renew', ...(force ? ['--force-renewal'] : [])]);
  const source = given ?? sourceOf(varDir);
  if (!source) throw new SetupError('The certificate came from files that are gone. Run "stagedoor setup" again.');
  const renewed = await deploy(
    varDir,
    tls.domain,
    readFileSync(source.certFile, 'utf8'),
    readFileSync(source.keyFile, 'utf8'),
  );
  let reloaded = false;
  if (renewed) reloaded = ((await callUserHalf(varDir, 'reload-nginx', null)) as { reloaded: boolean }).reloaded;
  return { renewed, reloaded, certificate: stateOf(readFileSync(tls.certFile, 'utf8'), Date.now()) };
}
