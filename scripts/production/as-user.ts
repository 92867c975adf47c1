/**
 * The half of the production commands that runs as the install's unprivileged user: one verb, its
 * input as JSON on stdin, its answer as JSON on descriptor 3. Started by `user-half.ts`, never by a person.
 */
import { mkdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { loadConfig, Settings } from '#config/index.ts';
import { serviceApps, storageApps } from '../services/apps.ts';
import { withPm2 } from '../services/pm2.ts';
import { PRIVATE, READABLE, writeWhole } from '../setup/files.ts';
import { SetupError, sentenceOf } from '../setup/say.ts';
import { makeBackup, verifyBackup } from './backup.ts';
import { webrootOf } from './certificate.ts';
import { restoreBackup } from './restore.ts';

const ANSWER_DESCRIPTOR = 3;
const File = z.strictObject({ file: z.string() });
const Certificate = z.strictObject({ certificate: z.string(), key: z.string() });

/** Stops everything that uses the database; the database itself and PM2 go on. */
async function pause(): Promise<void> {
  const config = loadConfig();
  const kept = new Set(storageApps(config).map(({ name }) => name));
  await withPm2(async (pm2) => {
    const running = new Set((await pm2.list()).map(({ name }) => name));
    for (const { name } of serviceApps(config).toReversed())
      if (!kept.has(name) && running.has(name)) await pm2.remove(name);
  });
}

function saveSettings(input: unknown): null {
  const file = join(loadConfig().varDir, 'settings.json');
  writeWhole(file, `${JSON.stringify(Settings.parse(input), null, 2)}\n`, READABLE);
  return null;
}

/** Nginx serves certbot's answers from here. */
function makeWebroot(): null {
  mkdirSync(join(webrootOf(loadConfig().varDir), '.well-known/acme-challenge'), { recursive: true, mode: 0o755 });
  return null;
}

function storeCertificate(input: unknown): null {
  const { certificate, key } = Certificate.parse(input);
  const folder = join(loadConfig().varDir, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(join(folder, 'privkey.pem'), key, PRIVATE);
  writeWhole(join(folder, 'fullchain.pem'), certificate, READABLE);
  return null;
}

/** Tells nginx to read its configuration and certificates again; running requests go on. */
function reloadNginx(): { reloaded: boolean } {
  try {
    const pid = Number(readFileSync(join(loadConfig().varDir, 'run/nginx/nginx.pid'), 'utf8'));
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('nginx')) return { reloaded: false };
    process.kill(pid, 'SIGHUP');
    return { reloaded: true };
  } catch {
    return { reloaded: false };
  }
}

const VERBS: Readonly<Record<string, (input: unknown) => unknown>> = {
  backup: () => makeBackup(loadConfig(), undefined),
  verify: (input) => verifyBackup(File.parse(input).file),
  restore: (input) => restoreBackup(loadConfig(), File.parse(input).file, pause),
  settings: saveSettings,
  webroot: makeWebroot,
  certificate: storeCertificate,
  'reload-nginx': reloadNginx,
};

// Settings are for everybody to read; what is private says so itself.
process.umask(0o022);
try {
  const verb = VERBS[process.argv[2] ?? ''];
  if (!verb) throw new SetupError('as-user.ts is run by the production commands.');
  const answer = await verb(JSON.parse(await text(process.stdin)));
  writeSync(ANSWER_DESCRIPTOR, JSON.stringify(answer));
  process.exit(0);
} catch (error) {
  process.stderr.write(sentenceOf(error));
  process.exit(1);
}
