import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkPair, stateOf } from '../../scripts/production/certificate.ts';
import { checkPort, judgeClock, judgeDns } from '../../scripts/production/checks.ts';
import { firewallLines, publicPorts } from '../../scripts/production/firewall.ts';

const DOMAIN = 'live.example.org';

test('DNS: this machine, none, another one, both', () => {
  const own = ['203.0.113.7', '2001:db8::7'];
  expect(judgeDns(DOMAIN, ['203.0.113.7', '2001:db8::7'], own).result).toBe('ok');
  expect(judgeDns(DOMAIN, [], own)).toMatchObject({ result: 'bad', text: expect.stringContaining('203.0.113.7') });
  expect(judgeDns(DOMAIN, ['198.51.100.1'], own)).toMatchObject({
    result: 'warn',
    text: expect.stringMatching(/points to 198\.51\.100\.1, and this machine has 203\.0\.113\.7/),
  });
  expect(judgeDns(DOMAIN, ['203.0.113.7', '2001:db8::9'], own)).toMatchObject({
    result: 'warn',
    text: expect.stringContaining('also to 2001:db8::9'),
  });
});

test('a port that somebody else holds is bad and names the holder', async () => {
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const address = stranger.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    expect(checkPort(port, 'HTTPS', '/nowhere')).toMatchObject({
      result: 'bad',
      text: expect.stringContaining(`(process ${process.pid})`),
    });
  } finally {
    await new Promise((resolve) => stranger.close(resolve));
  }
  expect(checkPort(port, 'HTTPS', '/nowhere').result).toBe('ok');
});

test('a clock that is minutes off is bad, an unknown one is not', () => {
  const header = 'Fri, 02 Jan 2026 03:04:05 GMT';
  const then = Date.parse(header);
  expect(judgeClock(header, then + 30_000).result).toBe('ok');
  expect(judgeClock(header, then + 180_000)).toMatchObject({
    result: 'bad',
    text: expect.stringContaining('180 s ahead'),
  });
  expect(judgeClock(header, then - 180_000).text).toContain('180 s behind');
  expect(judgeClock(null, then).result).toBe('warn');
});

test('the firewall lines hold exactly the public ports', () => {
  const tls = {
    domain: DOMAIN,
    certFile: 'c',
    keyFile: 'k',
    httpsPort: 443,
    rtmpsPort: 1936,
    acmeWebroot: 'w',
    hsts: true,
  };
  const { ufw, nft } = firewallLines(publicPorts({ httpPort: 80, rtmpPort: 1935, tls }));
  expect(ufw.map((line) => line.split(' ')[2])).toEqual(['80/tcp', '443/tcp', '1935/tcp', '1936/tcp']);
  expect(nft).toEqual(["nft add rule inet filter input tcp dport '{ 80, 443, 1935, 1936 }' accept"]);
  expect(publicPorts({ httpPort: 8080, rtmpPort: 1935, tls: undefined }).map(({ port }) => port)).toEqual([8080, 1935]);
});

test('certificate and key must fit each other, the name and the day', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-pair-'));
  const make = (name: string, days: number) => {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert];
    const subject = ['-subj', '/CN=x', '-addext', `subjectAltName=DNS:${DOMAIN}`];
    execFileSync('openssl', [...request, '-days', String(days), ...subject], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  };
  try {
    const [one, other] = [make('one', 40), make('other', 40)];
    const now = Date.now();
    checkPair(DOMAIN, one.cert, one.key, now);
    expect(() => checkPair(DOMAIN, one.cert, other.key, now)).toThrow(/does not belong to the certificate/);
    expect(() => checkPair('other.example.org', one.cert, one.key, now)).toThrow(/not for other\.example\.org/);
    expect(() => checkPair(DOMAIN, one.cert, one.key, now + 41 * 86_400_000)).toThrow(/ended on/);
    expect(() => checkPair(DOMAIN, 'x', one.key, now)).toThrow(/not a certificate/);
    expect(stateOf(one.cert, now)).toMatchObject({ daysLeft: 39, alarm: false });
    expect(stateOf(one.cert, now + 19.5 * 86_400_000)).toMatchObject({ daysLeft: 20, alarm: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
