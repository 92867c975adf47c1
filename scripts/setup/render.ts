/** The folders of an install, and nginx's configuration in them. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { renderNginx } from '../../nginx/main.ts';
import { run } from './exec.ts';
import { PRIVATE, writeIfChanged } from './files.ts';
import { SetupError } from './say.ts';

/** Makes what is missing. */
export function makeFolders(varDir: string): void {
  for (const name of ['run/nginx', 'logs', 'media', 'nginx', 'mariadb', 'redis', 'pm2', 'timeline', 'cache'])
    mkdirSync(join(varDir, name), { recursive: true, mode: name === 'logs' ? 0o750 : 0o755 });
  writeFileSync(
    join(varDir, '.stagedoor'),
    'The state of one Stagedoor install. Stop it before you remove this folder.\n',
  );
}

/** Writes nginx.conf where it differs, once nginx itself has accepted it. Throws `SetupError`. */
export async function writeNginx(config: Config): Promise<void> {
  const file = join(config.varDir, 'nginx/nginx.conf');
  const changed = writeIfChanged(file, renderNginx(config, { ipv6: existsSync('/proc/net/if_inet6') }), PRIVATE);
  if (!changed) return;
  const binary = config.nginxBinary ?? '/usr/sbin/nginx';
  const tested = await run(binary, ['-t', '-q', '-c', file, '-e', join(config.varDir, 'logs/nginx-error.log')]);
  if (tested.code !== 0) {
    rmSync(file);
    throw new SetupError(`nginx refuses its configuration: ${tested.output.trim()}`);
  }
}
