/** `stagedoor setup DOMAIN`: from an install on plain HTTP to one on the public internet. */
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { type Config, loadConfig, type Settings, type Tls } from '#config/index.ts';
import { readVariables } from '../../config/environment.ts';
import { standinRefusal } from '../../config/resolve.ts';
import { install } from '../setup/install.ts';
import { bringPackages } from '../setup/packages.ts';
import { CHECKOUT } from '../setup/place.ts';
import { type Say, SetupError } from '../setup/say.ts';
import { checkPair, deploy, obtain, sourceOf, webrootOf } from './certificate.ts';
import { serveChallenges } from './challenge.ts';
import {
  addressesOf,
  type Check,
  checkClock,
  checkDisk,
  checkMemory,
  checkPort,
  judgeDns,
  ownAddresses,
} from './checks.ts';
import { refreshNginxBinary } from './nginx-binary.ts';
import { needRoot } from './run.ts';
import { readPem, rememberSource, type Source } from './source.ts';
import { callUserHalf } from './user-half.ts';

export const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
const HTTPS_TIMEOUT_MS = 10_000;
const LOWEST_FREE_PORT = 1024;
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

export type SetupOptions = {
  readonly email?: string | undefined;
  /** The operator's own files; absent: a certificate by ACME. */
  readonly source?: Source | undefined;
  readonly acmeServer: string;
  /** Go on where a check only warns. */
  readonly yes: boolean;
  readonly dnsServer?: string | undefined;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly rtmpsPort: number;
};
export type SetupDone = { readonly config: Config; readonly checks: Check[]; readonly verified: boolean };

const publicUrlOf = (domain: string, port: number) => `https://${domain}${port === 443 ? '' : `:${port}`}`;

function settingsOf(config: Config): Settings {
  const { varDir: _varDir, secrets: _secrets, secure: _secure, ...settings } = config;
  return settings;
}

/** What stands in `.env` wins at each start, so it must not say the opposite. */
function refuseContradictions(config: Config, domain: string, options: SetupOptions): void {
  const given = readVariables(join(CHECKOUT, '.env'));
  const contradicting = [
    given.STAGEDOOR_HTTP_PORT !== undefined && given.STAGEDOOR_HTTP_PORT !== options.httpPort && 'STAGEDOOR_HTTP_PORT',
    given.STAGEDOOR_PUBLIC_URL !== undefined &&
      given.STAGEDOOR_PUBLIC_URL !== publicUrlOf(domain, options.httpsPort) &&
      'STAGEDOOR_PUBLIC_URL',
  ].filter(Boolean);
  if (contradicting.length > 0)
    throw new SetupError(
      `Remove ${contradicting.join(' and ')} from .env and the environment: it would undo this at the next start.`,
    );
  const refusal = standinRefusal(given, config, publicUrlOf(domain, options.httpsPort));
  if (refusal) throw new SetupError(refusal);
}

/** Starts (or restarts) the install by the code of `npm start`. */
export async function startInstall(varDir: string, say: Say): Promise<void> {
  const given = readVariables(join(CHECKOUT, '.env'));
  const { user } = loadConfig(varDir);
  await install({
    variables: { ...given, STAGEDOOR_VAR: varDir, ...(user ? { STAGEDOOR_USER: user } : {}) },
    forTests: false,
    say,
  });
}

async function look(config: Config, domain: string, options: SetupOptions, pointsTo: string[]): Promise<Check[]> {
  const port = (number: number, purpose: string) => checkPort(number, purpose, config.varDir);
  // A test's domain may point to loopback; nobody else's can.
  const own = ownAddresses(pointsTo.some((address) => address.startsWith('127.')));
  return [
    judgeDns(domain, pointsTo, own),
    port(options.httpPort, 'the redirect to HTTPS'),
    port(options.httpsPort, 'HTTPS'),
    port(config.rtmpPort, 'RTMP'),
    port(options.rtmpsPort, 'RTMPS'),
    await checkClock(options.acmeServer),
    await checkDisk(config.varDir),
    checkMemory(),
  ];
}

function judge(checks: readonly Check[], yes: boolean, say: Say): void {
  for (const { name, result, text } of checks)
    say(`${{ ok: 'ok ', warn: '!  ', bad: 'BAD' }[result]}  ${name}: ${text}`);
  if (checks.some(({ result }) => result === 'bad'))
    throw new SetupError('Nothing was changed. Settle what is marked BAD above, then run this again.');
  // An unknown clock or little memory stops nobody; a name that leads elsewhere would.
  if (!yes && checks.some(({ name, result }) => name === 'DNS' && result === 'warn'))
    throw new SetupError('Nothing was changed. If the DNS records are right as they are, run this again with --yes.');
}

/** Obtains a certificate through nginx where it has the port already, else through a server of our own. */
async function byAcme(
  config: Config,
  domain: string,
  options: SetupOptions,
  pointsTo: string[],
  say: Say,
): Promise<void> {
  await callUserHalf(config.varDir, 'webroot', null);
  const nginxServes = config.tls !== undefined && config.httpPort === options.httpPort;
  const server = nginxServes ? null : await serveChallenges(options.httpPort, webrootOf(config.varDir));
  try {
    for (const address of server ? pointsTo : [])
      if (!(await server?.reachableAt(domain, address)))
        say(
          `!    ${address} port ${options.httpPort} does not lead here as seen from this machine; the certificate authority may see it so too.`,
        );
    say(`Obtaining a certificate for ${domain} …`);
    await obtain(config.varDir, { domain, email: options.email, acmeServer: options.acmeServer });
  } finally {
    await server?.close();
  }
}

async function certify(
  config: Config,
  domain: string,
  options: SetupOptions,
  pointsTo: string[],
  say: Say,
): Promise<void> {
  const { source } = options;
  if (source) checkPair(domain, readPem(source.certFile), readPem(source.keyFile), Date.now());
  else await byAcme(config, domain, options, pointsTo, say);
  const files = source ?? sourceOf(config.varDir);
  if (!files) throw new SetupError('certbot reported success, and its certificate is not there.');
  await deploy(config.varDir, domain, readPem(files.certFile), readPem(files.keyFile));
  rememberSource(
    config.installId,
    source ? { certFile: resolve(source.certFile), keyFile: resolve(source.keyFile) } : null,
  );
}

/** Asks our own HTTPS port as a browser would, certificate checked. */
function answersHttps({ domain, httpsPort }: Tls): Promise<boolean> {
  return new Promise((done) => {
    const options = {
      host: '127.0.0.1',
      port: httpsPort,
      servername: domain,
      path: '/api/health',
      timeout: HTTPS_TIMEOUT_MS,
    };
    const asked = request({ ...options, headers: { host: domain } }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => done(false));
    asked.end();
  });
}

async function switchTo(config: Config, domain: string, options: SetupOptions, say: Say): Promise<Tls> {
  const { varDir } = config;
  const low = [options.httpPort, options.httpsPort, options.rtmpsPort].some((port) => port < LOWEST_FREE_PORT);
  const nginxBinary = low ? await refreshNginxBinary(config.installId, varDir) : undefined;
  const tls: Tls = {
    domain,
    certFile: join(varDir, 'tls/fullchain.pem'),
    keyFile: join(varDir, 'tls/privkey.pem'),
    httpsPort: options.httpsPort,
    rtmpsPort: options.rtmpsPort,
    acmeWebroot: webrootOf(varDir),
    // Sent anew only once this certificate has been seen to be trusted.
    hsts: false,
  };
  const before = settingsOf(config);
  const publicUrl = publicUrlOf(domain, options.httpsPort);
  await callUserHalf(varDir, 'settings', {
    ...before,
    httpPort: options.httpPort,
    publicUrl,
    tls,
    ...(nginxBinary ? { nginxBinary } : {}),
  });
  say('Starting with the new address …');
  try {
    await startInstall(varDir, say);
  } catch (error) {
    await callUserHalf(varDir, 'settings', before);
    await startInstall(varDir, say);
    throw error;
  }
  return tls;
}

/** Checks, obtains or takes a certificate, switches to HTTPS and RTMPS. Throws `SetupError`. Needs root. */
export async function setUpDomain(varDir: string, domain: string, options: SetupOptions, say: Say): Promise<SetupDone> {
  needRoot('"stagedoor setup"');
  if (!DOMAIN.test(domain)) throw new SetupError(`"${domain}" is not a domain name like live.example.org.`);
  const config = loadConfig(varDir);
  refuseContradictions(config, domain, options);
  const pointsTo = await addressesOf(domain, options.dnsServer);
  const checks = await look(config, domain, options, pointsTo);
  judge(checks, options.yes, say);
  await bringPackages(options.source ? ['libcap2-bin'] : ['certbot', 'libcap2-bin'], true, say);
  await certify(config, domain, options, pointsTo, say);
  const tls = await switchTo(config, domain, options, say);
  const verified = await answersHttps(tls);
  if (verified && !tls.hsts) {
    // Only now: a browser that once saw this header refuses plain HTTP for half a year.
    await callUserHalf(varDir, 'settings', { ...settingsOf(loadConfig(varDir)), tls: { ...tls, hsts: true } });
    await startInstall(varDir, say);
  }
  return { config: loadConfig(varDir), checks, verified };
}
