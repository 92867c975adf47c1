/** What the processes of an install find in their environment. */
import { dirname, join } from 'node:path';

/**
 * Where Node keeps what it made of our sources, so that a process need not make it again at each start. Each user has a
 * folder of its own in it; root has no part in an install's, which its user may write.
 */
export const compileCache = (varDir: string): string => process.env['NODE_COMPILE_CACHE'] ?? join(varDir, 'cache');

/** The only environment that services and PM2 see: nothing of the operator's own, so no secrets. */
export function serviceEnvironment(varDir: string, node: string): Record<string, string> {
  return {
    PATH: `${dirname(node)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: varDir,
    LANG: 'C.UTF-8',
    STAGEDOOR_VAR: varDir,
    NODE_COMPILE_CACHE: compileCache(varDir),
    PM2_HOME: join(varDir, 'pm2'),
    // MariaDB ignores SIGINT, which is PM2's default.
    PM2_KILL_SIGNAL: 'SIGTERM',
    PM2_DISABLE_VERSION_CHECK: 'true',
    PM2_DISCRETE_MODE: 'true',
  };
}
