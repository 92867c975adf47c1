/** From plain HTTP to a public domain: certificate by ACME, HTTPS, RTMPS, renewal. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Settings } from '#config/index.ts';
import { nginxBinaryOf } from '../../scripts/production/nginx-binary.ts';
import { isFree } from '../../scripts/setup/ports.ts';
import { type CliResult, type Install, startInstall } from '../kit/install.ts';
import { publish } from '../kit/publisher.ts';
import { until } from '../kit/until.ts';
import { type Pebble, startPebble } from './pebble.ts';
import { enter, lastSegment, newVisitor, session } from './visitor.ts';

const DOMAIN = 'live.stagedoor.test';
const ELSEWHERE = 'elsewhere.stagedoor.test';

let install: Install;
let pebble: Pebble;
let ports: { http: number; https: number; rtmps: number };
let url: string;

/** Below 1024, so that it takes a right to open them. */
async function lowPorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = 700; found.length < count && port < 1000; port++)
    if ((await isFree(port, '0.0.0.0')) && (await isFree(port, '::'))) found.push(port);
  return found;
}

const setup = (domain: string, ...more: string[]): Promise<CliResult> =>
  install.cli([
    ...['setup', domain, '--acme-server', pebble.directory, '--dns-server', pebble.dnsServer],
    ...['--http-port', String(ports.http), '--https-port', String(ports.https), '--rtmps-port', String(ports.rtmps)],
    ...more,
  ]);
const settings = () => JSON.parse(readFileSync(join(install.varDir, 'settings.json'), 'utf8')) as Settings;

async function socket(trusted = true): Promise<TLSSocket> {
  const options = {
    rejectUnauthorized: trusted,
    host: '127.0.0.1',
    port: ports.https,
    servername: DOMAIN,
    ca: pebble.ca,
    ALPNProtocols: ['h2'],
  };
  const opened = connectTls(options);
  await new Promise((resolve, reject) => opened.once('secureConnect', resolve).once('error', reject));
  return opened;
}

async function servedSerial(trusted = true): Promise<string> {
  const opened = await socket(trusted);
  const { serialNumber } = opened.getPeerCertificate();
  opened.destroy();
  return serialNumber;
}

beforeAll(async () => {
  const [http = 0, https = 0, rtmps = 0] = await lowPorts(3);
  ports = { http, https, rtmps };
  url = `https://${DOMAIN}:${https}`;
  pebble = await startPebble(http);
  // Only for the commands: certbot and Node trust the test's authority.
  process.env['REQUESTS_CA_BUNDLE'] = pebble.caFile;
  process.env['NODE_EXTRA_CA_CERTS'] = pebble.caFile;
  install = await startInstall({ name: 'domain', env: { STAGEDOOR_STRIPE_STANDIN: 'yes' } });
});

afterAll(async () => {
  delete process.env['REQUESTS_CA_BUNDLE'];
  delete process.env['NODE_EXTRA_CA_CERTS'];
  await install?.stop();
  await pebble?.stop();
  if (install) rmSync(dirname(nginxBinaryOf(install.settings.installId)), { recursive: true, force: true });
});

test('a domain that leads elsewhere and a taken port change nothing', async () => {
  const before = settings();
  await pebble.point(ELSEWHERE, '203.0.113.9');
  const foreign = await setup(ELSEWHERE);
  expect(foreign.code).toBe(1);
  expect(foreign.stdout).toContain('points to 203.0.113.9, and this machine has');
  expect(foreign.stderr).toMatch(/Nothing was changed/);

  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(ports.https, resolve));
  const taken = await setup(DOMAIN);
  await new Promise((resolve) => holder.close(resolve));
  expect(taken.code).toBe(1);
  expect(taken.stdout).toContain(`(process ${process.pid}) holds port ${ports.https}, which HTTPS needs`);
  expect(settings()).toEqual(before);
});

test('a stand-in for Stripe behind a public address needs a word, before anything is changed', async () => {
  const before = settings();
  process.env['STAGEDOOR_STRIPE_STANDIN'] = 'no';
  const refused = await setup(DOMAIN);
  delete process.env['STAGEDOOR_STRIPE_STANDIN'];
  expect(refused.stderr).toContain(`${url} is a public address, and without STRIPE_SECRET_KEY`);
  expect(refused.code).toBe(1);
  expect(settings()).toEqual(before);
});

test('where the authority refuses, the old address goes on', async () => {
  const before = settings();
  // An address to which nobody can connect, so the authority's look at the challenge fails for real.
  await pebble.point(DOMAIN, '255.255.255.255');
  const refused = await setup(DOMAIN, '--yes');
  await pebble.point(DOMAIN, '127.0.0.1');
  expect(refused.stdout).toContain(`255.255.255.255 port ${ports.http} does not lead here`);
  expect(refused.stderr).toContain('certbot failed');
  expect(refused.code).toBe(1);
  expect(settings()).toEqual(before);
  expect((await fetch(`${install.url}/api/health`)).status).toBe(200);
});

test('set-up obtains a certificate; HTTPS answers with HTTP/2 and HSTS, plain HTTP sends on', async () => {
  const done = await setup(DOMAIN, '--email', 'operator@example.org');
  expect(done.stderr).toBe('');
  expect(done.code).toBe(0);
  expect(done.stdout).toContain(`ufw allow ${ports.rtmps}/tcp`);
  expect(settings()).toMatchObject({ publicUrl: url, httpPort: ports.http, tls: { hsts: true } });

  const opened = await socket();
  expect(opened.alpnProtocol).toBe('h2');
  const client = connectHttp2(url, { createConnection: () => opened });
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    client.once('error', reject);
    client.request({ ':path': '/' }).once('response', resolve).resume();
  });
  client.destroy();
  expect(headers[':status']).toBe(200);
  expect(headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/);

  const moved = await newVisitor(`http://${DOMAIN}:${ports.http}`).get('/c/demo?x=1');
  expect([moved.status, moved.headers.location]).toEqual([308, `${url}/c/demo?x=1`]);
});

test('nginx opened ports below 1024 and is not root', async () => {
  const master = Number(readFileSync(join(install.varDir, 'run/nginx/nginx.pid'), 'utf8'));
  const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${master}/status`, 'utf8'))?.[1]?.split(/\s+/) ?? [];
  expect(uids).toHaveLength(4);
  expect(uids).not.toContain('0');
});

test('RTMPS reaches the playlist, cookies are bound to the host', async () => {
  const { key } = await install.json<{ key: string }>(['key', 'create', '--channel', 'demo', '--label', 'rtmps']);
  const [code] = await install.json<{ code: string }[]>(['code', 'create', '--channel', 'demo']);
  const visitor = newVisitor(url, pebble.ca);
  const encoder = publish(`rtmps://localhost:${ports.rtmps}/live`, key);
  try {
    expect((await enter(visitor, code?.code ?? '')).status).toBe(200);
    const names = [...visitor.cookies.keys()];
    expect(names.some((name) => /^__Host-sd_[a-z0-9]{8}_device$/.test(name))).toBe(true);
    for (const line of visitor.cookies.values()) expect(line).toMatch(/; ?secure/i);
    await until(async () => (await session(visitor)).state === 'live', 'the show is live', 30_000, 250);
    await until(async () => (await lastSegment(visitor)) >= 0, 'a segment is offered', 30_000, 250);
  } finally {
    await encoder.stop();
  }
});

test('renewal gives nginx the new certificate without a restart', async () => {
  const pidFile = join(install.varDir, 'run/nginx/nginx.pid');
  const [serial, master] = [await servedSerial(), readFileSync(pidFile, 'utf8')];
  const idle = await install.json<{ renewed: boolean }>(['certificate', 'renew']);
  expect(idle.renewed).toBe(false);
  const forced = await install.json<{ renewed: boolean; reloaded: boolean }>(['certificate', 'renew', '--force']);
  expect(forced).toMatchObject({ renewed: true, reloaded: true });
  await until(async () => (await servedSerial()) !== serial, 'the new certificate is served', 10_000);
  expect(readFileSync(pidFile, 'utf8')).toBe(master);
  expect((await install.cli(['doctor'])).stdout).toContain(`the certificate for ${DOMAIN} is valid for`);
});

test('it comes back on the same address after a stop', async () => {
  await install.halt();
  const started = await install.cli(['start']);
  expect(started.code).toBe(0);
  expect((await newVisitor(url, pebble.ca).get('/api/health')).status).toBe(200);
  expect(existsSync(nginxBinaryOf(install.settings.installId))).toBe(true);
});

test('the operator’s own certificate is served, and again after they replace it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-own-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const make = () => {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '90'];
    execFileSync('openssl', [...request, '-subj', '/CN=own', '-addext', `subjectAltName=DNS:${DOMAIN}`], {
      stdio: 'ignore',
    });
    return new X509Certificate(readFileSync(cert)).serialNumber;
  };
  const served = () => servedSerial(false);
  try {
    const first = make();
    const done = await setup(DOMAIN, '--cert', cert, '--key', key);
    expect(done.stderr).toBe('');
    // Signed by nobody whom this machine trusts, so browsers are not told to insist on it.
    expect(done.stdout).toContain('Strict-Transport-Security stays off');
    expect(settings().tls?.hsts).toBe(false);
    await until(async () => (await served()) === first, 'the own certificate is served', 10_000);
    const second = make();
    expect(await install.json(['certificate', 'renew'])).toMatchObject({ renewed: true, reloaded: true });
    await until(async () => (await served()) === second, 'the replaced one is served', 10_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
