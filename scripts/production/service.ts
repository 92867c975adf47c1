/** The systemd units that bring an install back after a reboot and renew its certificate. */
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { SetupError } from '../setup/say.ts';
import { run } from './run.ts';

export type UnitInput = Pick<Config, 'installId' | 'appDir' | 'varDir'> & {
  /** Folder of the Node that set-up used, first on the PATH. */
  readonly nodeDir: string;
  readonly user: string | null;
};

const UNIT_DIR = '/etc/systemd/system';
/** Packages are there already at boot; a slow disk and a crash recovery of the database are what this waits for. */
const START_SECONDS = 300;
const STOP_SECONDS = 90;
const OPEN_FILES = 65_536;
const TASKS = 2048;

const systemdRuns = () => existsSync('/run/systemd/system');

/** `%` is systemd's own escape sign, `"` and `\` end or bend a quoted word. */
const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;

const mark = (installId: string) => `# install ${installId}`;

function environment({ varDir, nodeDir, user }: UnitInput): string {
  return `Environment=${quoted(`STAGEDOOR_VAR=${varDir}`)}${user ? `\nEnvironment=${quoted(`STAGEDOOR_USER=${user}`)}` : ''}
Environment=${quoted(`PATH=${nodeDir}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`)}
Environment=HOME=/root`;
}

/** The unit that runs our start script at boot. PM2 keeps the processes up from there. */
export function bootUnit(input: UnitInput): string {
  const script = (verb: string) => `/bin/sh ${quoted(join(input.appDir, 'scripts/run.sh'))} ${verb}`;
  return `${mark(input.installId)}
[Unit]
Description=Stagedoor live streaming
After=network-online.target local-fs.target time-sync.target
Wants=network-online.target
RequiresMountsFor=${quoted(input.appDir)} ${quoted(input.varDir)}

[Service]
Type=oneshot
RemainAfterExit=yes
WorkingDirectory=${input.appDir.replaceAll('%', '%%')}
${environment(input)}
ExecStart=${script('start')}
ExecStop=${script('stop')}
TimeoutStartSec=${START_SECONDS}
TimeoutStopSec=${STOP_SECONDS}
LimitNOFILE=${OPEN_FILES}
TasksMax=${TASKS}
# One process out of memory must not take the others along: PM2 brings it back.
OOMPolicy=continue
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`;
}

/** The pair of units that looks at the certificate twice a day. */
export function renewalUnits(input: UnitInput, name: string): { service: string; timer: string } {
  const command = `${quoted(join(input.nodeDir, 'node'))} ${quoted(join(input.appDir, 'scripts/cli/enter.ts'))} certificate renew`;
  return {
    service: `${mark(input.installId)}
[Unit]
Description=Renew the certificate of Stagedoor (${name})
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
WorkingDirectory=${input.appDir.replaceAll('%', '%%')}
${environment(input)}
ExecStart=${command}
TimeoutStartSec=${START_SECONDS}
`,
    timer: `${mark(input.installId)}
[Unit]
Description=Look twice a day whether the certificate of Stagedoor (${name}) is due

[Timer]
OnCalendar=*-*-* 03,15:17:00
RandomizedDelaySec=3600
Persistent=true

[Install]
WantedBy=timers.target
`,
  };
}

/** The crontab line for machines without systemd. */
export function renewalCron(input: UnitInput): string {
  const command = `'${join(input.nodeDir, 'node')}' '${join(input.appDir, 'scripts/cli/enter.ts')}' certificate renew`;
  return `${mark(input.installId)}
17 3,15 * * * root STAGEDOOR_VAR='${input.varDir}' PATH='${input.nodeDir}':/usr/sbin:/usr/bin:/sbin:/bin ${command} >/dev/null
`;
}

async function writeUnit(file: string, text: string, installId: string): Promise<void> {
  if (existsSync(file) && !readFileSync(file, 'utf8').startsWith(mark(installId)))
    throw new SetupError(`${file} belongs to another install. Give this one a name: --name stagedoor-${installId}`);
  await writeFile(file, text);
  await chmod(file, 0o644);
}

export type ServiceState = { readonly systemd: boolean; readonly installed: boolean; readonly active: string };

/** Writes and enables the boot unit. Without systemd it writes nothing. Needs root. */
export async function installService(input: UnitInput, name: string): Promise<ServiceState> {
  if (!systemdRuns()) return { systemd: false, installed: false, active: 'unknown' };
  await writeUnit(join(UNIT_DIR, `${name}.service`), bootUnit(input), input.installId);
  await run('systemctl', ['daemon-reload']);
  await run('systemctl', ['enable', '--now', `${name}.service`]);
  return serviceState(name);
}

/** Disables and removes the boot unit; running processes go on. */
export async function removeService(installId: string, name: string): Promise<ServiceState> {
  if (!systemdRuns()) return { systemd: false, installed: false, active: 'unknown' };
  const file = join(UNIT_DIR, `${name}.service`);
  if (existsSync(file)) {
    if (!readFileSync(file, 'utf8').startsWith(mark(installId)))
      throw new SetupError(`${file} belongs to another install and was left alone.`);
    await run('systemctl', ['disable', `${name}.service`]);
    await rm(file);
    await run('systemctl', ['daemon-reload']);
  }
  return serviceState(name);
}

/** Says whether the unit is there and what systemd thinks of it. */
export async function serviceState(name: string): Promise<ServiceState> {
  if (!systemdRuns()) return { systemd: false, installed: false, active: 'unknown' };
  const installed = existsSync(join(UNIT_DIR, `${name}.service`));
  const answer = await run('systemctl', ['is-active', `${name}.service`], { failureIsAnswer: true });
  return { systemd: true, installed, active: answer.stdout.trim() };
}

/** Arranges for renewal twice a day: a systemd timer, else a file for cron. Returns which, or null. */
export async function scheduleRenewal(input: UnitInput, name: string): Promise<'systemd' | 'cron' | null> {
  if (systemdRuns()) {
    const units = renewalUnits(input, name);
    await writeUnit(join(UNIT_DIR, `${name}-certificate.service`), units.service, input.installId);
    await writeUnit(join(UNIT_DIR, `${name}-certificate.timer`), units.timer, input.installId);
    await run('systemctl', ['daemon-reload']);
    await run('systemctl', ['enable', '--now', `${name}-certificate.timer`]);
    return 'systemd';
  }
  if (!existsSync('/usr/sbin/cron')) return null;
  // cron skips file names with a dot.
  await writeUnit(join('/etc/cron.d', `${name}-certificate`), renewalCron(input), input.installId);
  return 'cron';
}
