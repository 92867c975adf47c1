/** A copy of nginx that may open ports below 1024, so that the server itself needs no root. */
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readOrNull } from '../setup/files.ts';
import { SetupError } from '../setup/say.ts';
import { run } from './run.ts';

const SYSTEM_NGINX = '/usr/sbin/nginx';
const InstallId = /^[a-z0-9]{8}$/;

/** Root's own folder: the unprivileged user can run the copy, never replace it. */
export function nginxBinaryOf(installId: string): string {
  if (!InstallId.test(installId)) throw new SetupError('The install id in settings.json is damaged.');
  return join('/usr/local/lib/stagedoor', installId, 'nginx');
}

const Kept = z.object({ installId: z.string(), nginxBinary: z.string().optional() });

/** At each start as root: brings an install's copy up to date where it uses one. */
export async function keepNginxBinary(varDir: string): Promise<void> {
  const text = readOrNull(join(varDir, 'settings.json'));
  if (text === null || process.getuid?.() !== 0) return;
  const kept = Kept.parse(JSON.parse(text));
  // The path itself is never taken from a file that another user may write.
  if (kept.nginxBinary) await refreshNginxBinary(kept.installId, varDir);
}

/** Makes the copy anew where it is absent or the system's nginx is another one by now. Needs root. */
export async function refreshNginxBinary(installId: string, varDir: string): Promise<string> {
  const binary = nginxBinaryOf(installId);
  const system = readFileSync(SYSTEM_NGINX);
  if (existsSync(binary) && readFileSync(binary).equals(system)) return binary;
  mkdirSync(dirname(binary), { recursive: true, mode: 0o755 });
  const next = `${binary}.new`;
  copyFileSync(SYSTEM_NGINX, next);
  // Only the install's user may run it: nobody else gets the right to open low ports by it.
  chownSync(next, 0, statSync(varDir).gid);
  chmodSync(next, 0o750);
  await run('setcap', ['cap_net_bind_service=+ep', next]);
  renameSync(next, binary);
  return binary;
}
