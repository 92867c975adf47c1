/** What set-up looks at before it changes anything. Each check answers in one sentence. */
import { Resolver } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import { networkInterfaces, totalmem } from 'node:os';
import { leftovers } from '../services/leftovers.ts';
import { holderOf, listeners, socketsOf } from '../setup/ports.ts';

export type Check = {
  readonly name: string;
  /** `bad` stops set-up, `warn` is said and passed over. */
  readonly result: 'ok' | 'warn' | 'bad';
  readonly text: string;
};

/** Media, database and logs of a small server; recordings need more. */
const WANTED_DISK_BYTES = 5e9;
const NEEDED_DISK_BYTES = 1e9;
/** A "2 GB" server shows a little less. */
const WANTED_MEMORY_BYTES = 1.7e9;
/** ACME servers and signed addresses tolerate minutes; codes end to the second. */
const MOST_SKEW_MS = 60_000;
const DNS_TIMEOUT_MS = 3000;
const CLOCK_TIMEOUT_MS = 10_000;

/** The addresses of this machine's interfaces, loopback and link-local ones left out unless asked for. */
export function ownAddresses(loopbackToo = false): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => (loopbackToo || !entry.internal) && !entry.address.startsWith('fe80:'))
    .map((entry) => entry.address);
}

/** Asks the name servers (not the hosts file: visitors do not have it). `server` is for tests and fresh records. */
export async function addressesOf(domain: string, server?: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  if (server) resolver.setServers([server]);
  const found = await Promise.allSettled([resolver.resolve4(domain), resolver.resolve6(domain)]);
  return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** Compares what a domain points to with this machine's addresses. */
export function judgeDns(domain: string, pointsTo: readonly string[], own: readonly string[]): Check {
  const name = 'DNS';
  if (pointsTo.length === 0)
    return {
      name,
      result: 'bad',
      text: `${domain} has no address yet. Make an A record for it that points to ${own[0] ?? "this machine's address"} and wait until it is published.`,
    };
  const foreign = pointsTo.filter((address) => !own.includes(address));
  if (foreign.length === 0)
    return { name, result: 'ok', text: `${domain} points to ${pointsTo.join(', ')}, this machine.` };
  if (foreign.length < pointsTo.length)
    return {
      name,
      result: 'warn',
      text: `${domain} points to this machine and also to ${foreign.join(', ')}, which is another one: remove that record, or some visitors will not arrive.`,
    };
  return {
    name,
    result: 'warn',
    text: `${domain} points to ${foreign.join(', ')}, and this machine has ${own.join(', ') || 'no public address'}. That is right only where a provider forwards the one to the other.`,
  };
}

/** Says whether one public port is free, or already held by this very install. */
export function checkPort(port: number, purpose: string, varDir: string): Check {
  const name = `port ${port}`;
  const taken = listeners().filter((listener) => listener.port === port);
  if (taken.length === 0) return { name, result: 'ok', text: `${purpose}: free.` };
  const own = new Set(leftovers(varDir).flatMap((pid) => [...socketsOf(pid)]));
  if (taken.every(({ inode }) => own.has(inode)))
    return { name, result: 'ok', text: `${purpose}: held by this install.` };
  const text = `${holderOf(port) ?? 'Another program'} holds port ${port}, which ${purpose} needs. Stop it, then run this again.`;
  return { name, result: 'bad', text };
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

export async function checkDisk(varDir: string): Promise<Check> {
  const disk = await statfs(varDir);
  const free = disk.bavail * disk.bsize;
  if (free < NEEDED_DISK_BYTES)
    return {
      name: 'disk',
      result: 'bad',
      text: `Only ${gigabytes(free)} are free below ${varDir}; at least 1 GB is needed.`,
    };
  if (free < WANTED_DISK_BYTES)
    return {
      name: 'disk',
      result: 'warn',
      text: `${gigabytes(free)} are free below ${varDir}; 5 GB or more are better.`,
    };
  return { name: 'disk', result: 'ok', text: `${gigabytes(free)} free.` };
}

export function checkMemory(): Check {
  const total = totalmem();
  return total < WANTED_MEMORY_BYTES
    ? { name: 'memory', result: 'warn', text: `${gigabytes(total)} of memory; 2 GB are the least for a live stream.` }
    : { name: 'memory', result: 'ok', text: `${gigabytes(total)}.` };
}

/** Compares our clock with the `Date` that another server answered at about `nowMs`. */
export function judgeClock(dateHeader: string | null, nowMs: number): Check {
  const theirs = Date.parse(dateHeader ?? '');
  if (Number.isNaN(theirs))
    return { name: 'clock', result: 'warn', text: 'The clock could not be compared with another one.' };
  const skew = Math.round((nowMs - theirs) / 1000);
  if (Math.abs(nowMs - theirs) > MOST_SKEW_MS)
    return {
      name: 'clock',
      result: 'bad',
      text: `This machine's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}. Turn time synchronisation on (timedatectl set-ntp true), then run this again.`,
    };
  return { name: 'clock', result: 'ok', text: 'agrees with another server within a minute.' };
}

/** Asks `url` for its `Date` header and compares. Where nothing answers, that is a warning only. */
export async function checkClock(url: string): Promise<Check> {
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(CLOCK_TIMEOUT_MS) });
    return judgeClock(answer.headers.get('date'), Date.now());
  } catch {
    return judgeClock(null, Date.now());
  }
}
