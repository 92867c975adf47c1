/** Let's Encrypt's test server with a name server of its own, on loopback; challenges are really checked. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeLoopbackPort } from '../../scripts/setup/ports.ts';
import { until } from '../kit/until.ts';

export type Pebble = {
  readonly directory: string;
  readonly dnsServer: string;
  /** PEM of the API's certificate and of the authority that signs. */
  readonly caFile: string;
  readonly ca: string;
  /** Lets a name point to an address. */
  point(domain: string, address: string): Promise<void>;
  stop(): Promise<void>;
};

function fetchRoot(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/roots/0', ca, servername: 'localhost' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => resolve(text));
    });
    asked.once('error', reject);
    asked.end();
  });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill()) await gone;
}

/** Starts it; every name points to 127.0.0.1 at first. `httpPort` is where it looks for answers. */
export async function startPebble(httpPort: number): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-pebble-'));
  const [key, cert, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem'), join(folder, 'ca.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2'];
  execFileSync('openssl', [...made, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], {
    stdio: 'ignore',
  });
  const taken = new Set<number>();
  const port = async () => {
    const one = await freeLoopbackPort(taken);
    taken.add(one);
    return one;
  };
  const [api, management, dns, control, tls] = [await port(), await port(), await port(), await port(), await port()];
  const listen = { listenAddress: `127.0.0.1:${api}`, managementListenAddress: `127.0.0.1:${management}` };
  const config = { ...listen, certificate: cert, privateKey: key, httpPort, tlsPort: tls, ocspResponderURL: '' };
  writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble: config }));
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const names = spawn(
    'pebble-challtestsrv',
    ['-management', `127.0.0.1:${control}`, '-dns01', `127.0.0.1:${dns}`, ...off],
    {
      stdio: 'ignore',
    },
  );
  const server = spawn('pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dns}`], {
    stdio: 'ignore',
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_VA_ALWAYS_VALID: '0' },
  });
  let root = '';
  await until(
    async () => {
      root = await fetchRoot(management, readFileSync(cert, 'utf8'));
      return root.includes('BEGIN CERTIFICATE');
    },
    'pebble answers',
    20_000,
  );
  const ca = `${readFileSync(cert, 'utf8')}\n${root}`;
  writeFileSync(caFile, ca);
  // Certbot runs as another user.
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  return {
    directory: `https://localhost:${api}/dir`,
    dnsServer: `127.0.0.1:${dns}`,
    caFile,
    ca,
    async point(domain, address) {
      const body = JSON.stringify({ host: domain, addresses: [address] });
      for (const action of ['clear-a', 'add-a'])
        await fetch(`http://127.0.0.1:${control}/${action}`, { method: 'POST', body });
    },
    async stop() {
      await Promise.all([end(server), end(names)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
