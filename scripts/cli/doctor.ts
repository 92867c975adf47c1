/** `stagedoor doctor`: checks one thing at a time, says what it means and what to do. */
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { stateOf } from '../production/certificate.ts';
import { run } from '../setup/exec.ts';
import { isLocal } from '../setup/summary.ts';
import { mailFindings } from './doctor-mail.ts';
import { priceFindings } from './doctor-prices.ts';
import { bad, type Finding, good, warning } from './finding.ts';
import { readStatus } from './status.ts';

type Check = (config: Config) => Promise<Finding[]>;

/** A clock further off than this expires codes wrongly, milliseconds. */
const CLOCK_TOLERANCE_MS = 2000;
/** Below this a busy evening fills the disk, percent. */
const COMFORTABLE_DISK_PERCENT = 20;

const processes: Check = async (config) =>
  (await readStatus(config)).processes.map(({ service, status }) =>
    status === 'online'
      ? good(`${service} runs and answers`)
      : bad(`${service} is ${status}`, `Look at "stagedoor logs ${service}"; "npm start" brings it back.`),
  );

const disk: Check = async (config) => {
  const { bavail, blocks, bsize } = await statfs(config.varDir);
  const percent = Math.round((bavail / blocks) * 100);
  const text = `${percent} % of the disk below ${config.varDir} is free (${Math.round((bavail * bsize) / 1e9)} GB)`;
  if (percent < config.diskFloorPercent)
    return [bad(text, `Under ${config.diskFloorPercent} % media files are shed first. Free some space.`)];
  return [percent < COMFORTABLE_DISK_PERCENT ? warning(text, 'Free some space before a long show.') : good(text)];
};

const database: Check = async (config) => {
  const connection = await createConnection({ uri: config.secrets.databaseUrl, connectTimeout: 3000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT @@innodb_flush_log_at_trx_commit AS flush, UNIX_TIMESTAMP(NOW(3)) * 1000 AS nowMs, VERSION() AS version',
    );
    const row = rows[0];
    const skewMs = Math.abs(Number(row?.['nowMs']) - Date.now());
    return [
      good(`database ${row?.['version']}`),
      Number(row?.['flush']) === 1
        ? good('the database makes every commit durable')
        : bad('innodb_flush_log_at_trx_commit is not 1', 'A crash would lose codes and payments. Set it to 1.'),
      skewMs < CLOCK_TOLERANCE_MS
        ? good('the clocks of this machine and of the database agree')
        : bad(
            `the database clock is ${Math.round(skewMs / 1000)} s off`,
            'Codes end by it. Run an NTP service on both.',
          ),
    ];
  } finally {
    await connection.end();
  }
};

const clock: Check = async () => {
  const { code, output } = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeoutMs: 5000 });
  if (code !== 0)
    return [warning('cannot tell whether the clock is synchronised', 'Make sure that an NTP service runs.')];
  return [
    output.trim() === 'yes'
      ? good('the clock is synchronised')
      : warning('the clock is not synchronised', 'Codes end by this clock. Install systemd-timesyncd or chrony.'),
  ];
};

const encoder: Check = async () => {
  const { code, output } = await run('ffmpeg', ['-hide_banner', '-encoders'], { timeoutMs: 10_000 });
  if (code !== 0) return [bad('ffmpeg does not run', 'Run "npm start": it installs ffmpeg.')];
  return [
    / libx264 /.test(output)
      ? good('ffmpeg has the x264 encoder')
      : bad('ffmpeg has no x264 encoder', 'Lower renditions need it. Use the distribution’s ffmpeg.'),
  ];
};

const identity: Check = async (config) => {
  const file = join(config.varDir, 'secrets.json');
  const mode = statSync(file).mode & 0o777;
  return [
    process.getuid?.() === 0
      ? bad('everything runs as root', 'Set-up as root makes a user for it; see STAGEDOOR_USER.')
      : good(`everything runs as ${config.user ?? 'the user who installed it'}`),
    mode === 0o600
      ? good('only that user may read the secrets')
      : bad(
          `${file} has mode ${mode.toString(8)}`,
          `Run "chmod 600 ${file}" and make new secrets: others may have read them.`,
        ),
  ];
};

const memory: Check = async () => {
  const text = await readFile('/proc/meminfo', 'utf8');
  const megabytes = Math.round(Number(/^MemTotal:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024);
  return [
    megabytes >= 1800
      ? good(`${megabytes} MB of memory`)
      : warning(`only ${megabytes} MB of memory`, 'The processes are capped to fit 2 GB. Add memory or swap.'),
  ];
};

const transport: Check = async (config) => {
  if (config.secure) return [good('the public address is HTTPS')];
  if (isLocal(config.publicUrl)) return [good('the public address is this machine, where browsers need no HTTPS')];
  return [
    warning(
      `${config.publicUrl} is not HTTPS`,
      'From elsewhere browsers switch off camera, microphone and clipboard, and anybody on the way reads codes and passwords. Run "stagedoor setup DOMAIN".',
    ),
  ];
};

const certificate: Check = async ({ tls }) => {
  if (!tls) return [];
  const { daysLeft, alarm } = stateOf(await readFile(tls.certFile, 'utf8'), Date.now());
  const text = `the certificate for ${tls.domain} is valid for ${daysLeft} more days`;
  return [
    alarm
      ? bad(
          text,
          'It should have been renewed by now. Run "stagedoor certificate renew" as root and read what it says.',
        )
      : good(text),
  ];
};

const pages: Check = async (config) => [
  existsSync(join(config.appDir, 'web/dist/watch.html'))
    ? good('the pages are built')
    : bad('the pages are not built', 'Run "npm start".'),
];

/** What the operator decided that media does with every show. */
const media: Check = async (config) => {
  const { ladder, recordingDays, thumbnailSeconds } = config;
  const cores = availableParallelism();
  const budget = config.ladderCores ?? (ladder === 'auto' ? cores / 2 : null);
  const room = budget === null ? 'without a bound' : `with at most ${budget} of ${cores} cores`;
  const heights = ladder === 'auto' ? 'as many renditions as fit' : ladder.map((height) => `${height}p`).join(', ');
  const none = ladder !== 'auto' && ladder.length === 0;
  const kept = await recordingBytes(config.recordingsDir);
  const gigabytes = `${(kept / 1e9).toFixed(1)} GB on disk`;
  return [
    none ? good('nothing is transcoded: viewers get what the encoder sends') : good(`transcoding: ${heights}, ${room}`),
    ...(budget !== null && budget > cores
      ? [warning(`transcoding may use ${budget} cores, and there are ${cores}`, 'Set STAGEDOOR_LADDER_CORES lower.')]
      : []),
    recordingDays === 0
      ? good(`nothing is recorded (${gigabytes})`)
      : good(`recordings are kept for ${recordingDays} days (${gigabytes})`),
    thumbnailSeconds === 0
      ? good('no live pictures are taken')
      : good(`a live picture of each show every ${thumbnailSeconds} s`),
  ];
};

/** Bytes of all recordings; those of the running shows share their files with the live window. */
async function recordingBytes(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  let bytes = 0;
  // A recording may be removed while it is counted.
  for (const file of files)
    bytes += await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
  return bytes;
}

const payments: Check = async ({ stripe, publicUrl }) => {
  if (stripe.mode === 'live') return [good('payments are taken by Stripe')];
  const text = 'payments are taken by the stand-in for Stripe: no money moves';
  return [isLocal(publicUrl) ? good(text) : warning(text, 'docs/stripe.md leads to Stripe in six steps.')];
};

const mail: Check = mailFindings;
const prices: Check = priceFindings;

const CHECKS: readonly Check[] = [
  processes,
  database,
  clock,
  disk,
  memory,
  encoder,
  media,
  identity,
  pages,
  transport,
  certificate,
  payments,
  prices,
  mail,
];

/** Runs every check; one that fails to run is a finding itself. */
export async function examine(config: Config): Promise<Finding[]> {
  const found = await Promise.all(
    CHECKS.map((check) =>
      check(config).catch((error: Error) => [
        bad(
          `${check.name || 'a check'} could not be examined: ${error.message}`,
          'Run "npm start", then "stagedoor doctor" again.',
        ),
      ]),
    ),
  );
  return found.flat();
}

const MARK = { good: 'ok ', warning: '!  ', bad: 'BAD' } as const;

/** One line a finding, and what to do below it. */
export function doctorText(findings: readonly Finding[]): string {
  const lines = findings.map(
    ({ level, what, advice }) => `${MARK[level]}  ${what}${advice ? `\n       ${advice}` : ''}`,
  );
  const count = findings.filter(({ level }) => level === 'bad').length;
  return [...lines, '', count === 0 ? 'Nothing is wrong.' : `${count} to be mended.`].join('\n');
}
