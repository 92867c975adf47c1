/** Waits until a process does its work, not only until it runs. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '#config/index.ts';

const PROBE_TIMEOUT_MS = 3000;
const PROBE_EVERY_MS = 100;

/** True where somebody accepts connections on the loopback port. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PROBE_TIMEOUT_MS });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

async function healthy(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/health`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.ok || answer.status === 308;
  } catch {
    return false;
  }
}

/** Does this process do its work? True for those that cannot be asked. */
export async function isReady(config: Config, name: string): Promise<boolean> {
  if (name === 'mariadb') return config.mariadbPort === null || accepts(config.mariadbPort);
  if (name === 'redis') return config.redisPort === null || accepts(config.redisPort);
  if (name === 'media') return (await accepts(config.mediaPort)) && accepts(config.rtmpPort);
  if (name === 'standin') return config.standinPort === null || accepts(config.standinPort);
  if (name === 'nginx') return healthy(config.httpPort);
  const instance = /^api-(\d+)$/.exec(name)?.[1];
  const port = instance ? config.apiPorts[Number(instance) - 1] : undefined;
  return port === undefined || healthy(port);
}

/** Waits for the named processes. Returns the names of those that were not ready in time. */
export async function waitReady(config: Config, names: readonly string[], deadlineMs: number): Promise<string[]> {
  const until = Date.now() + deadlineMs;
  let missing = [...names];
  for (;;) {
    const answers = await Promise.all(missing.map((name) => isReady(config, name)));
    missing = missing.filter((_, index) => !answers[index]);
    if (missing.length === 0 || Date.now() > until) return missing;
    await sleep(PROBE_EVERY_MS);
  }
}
