/** `stagedoor setup`, `certificate`, `service`, `backup`, `restore`: the commands for a real server. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type Config, loadConfig } from '#config/index.ts';
import type { CommandContext } from '../cli/output.ts';
import { CHECKOUT } from '../setup/place.ts';
import { type Say, SetupError, sayNothing, sayOnTerminal } from '../setup/say.ts';
import { restoreFrom, saveBackup, verifyFile } from './backup-commands.ts';
import { renew } from './certificate.ts';
import { firewallLines, publicPorts } from './firewall.ts';
import { needRoot } from './run.ts';
import {
  bootUnit,
  installService,
  removeService,
  type ServiceState,
  scheduleRenewal,
  serviceState,
  type UnitInput,
} from './service.ts';
import { LETS_ENCRYPT, type SetupDone, setUpDomain } from './setup.ts';
import { rememberedSource } from './source.ts';

const DEFAULT_UNIT = 'stagedoor';

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 65535) throw new InvalidArgumentError('A port is 1 to 65535.');
  return value;
}

function unitName(text: string): string {
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(text))
    throw new InvalidArgumentError('Use lower-case letters, digits and dashes.');
  return text;
}

/** Boot runs the checkout, which brings the copy that the services run from up to date. */
function unitInput(config: Config): UnitInput {
  return {
    installId: config.installId,
    appDir: CHECKOUT,
    varDir: config.varDir,
    nodeDir: dirname(process.execPath),
    user: config.user,
  };
}

function firewallText(config: Config): string {
  const { ufw, nft } = firewallLines(publicPorts(config));
  return [
    'Open exactly these ports. With ufw:',
    ...ufw.map((line) => `  ${line}`),
    'or with nftables:',
    ...nft.map((line) => `  ${line}`),
  ].join('\n');
}

function setupText({ config, verified }: SetupDone, renewal: string | null): string {
  const tls = config.tls;
  return [
    '',
    `  Address   ${config.publicUrl}`,
    `  RTMP      rtmp://${tls?.domain}:${config.rtmpPort}/live`,
    `  RTMPS     rtmps://${tls?.domain}:${tls?.rtmpsPort}/live`,
    '',
    verified
      ? 'HTTPS answered with a certificate that this machine trusts; Strict-Transport-Security is on.'
      : 'HTTPS answers, but this machine does not trust its certificate: Strict-Transport-Security stays off.',
    renewal
      ? `The certificate is looked at twice a day (${renewal}).`
      : 'Neither systemd nor cron runs here: have "stagedoor certificate renew" run once a day yourself.',
    '',
    firewallText(config),
  ].join('\n');
}

type SetupFlags = {
  email?: string;
  cert?: string;
  key?: string;
  acmeServer: string;
  dnsServer?: string;
  yes?: boolean;
  httpPort: number;
  httpsPort: number;
  rtmpsPort: number;
};

function registerSetup(program: Command, ctx: CommandContext, say: () => Say): void {
  program
    .command('setup')
    .description('put the install on a public domain: certificate, HTTPS, RTMPS')
    .argument('<domain>', 'such as live.example.org')
    .option('--email <address>', 'where the certificate authority writes when something is wrong')
    .option('--cert <file>', 'your own certificate with its chain, PEM')
    .option('--key <file>', 'the key of that certificate, PEM')
    .option('--acme-server <url>', 'directory of the certificate authority', LETS_ENCRYPT)
    .option('--dns-server <address>', 'ask this name server, address[:port]')
    .option('--http-port <port>', 'plain HTTP', port, 80)
    .option('--https-port <port>', 'HTTPS', port, 443)
    .option('--rtmps-port <port>', 'RTMPS', port, 1936)
    .option('--yes', 'go on although the domain seems to lead elsewhere')
    .action(async (domain: string, flags: SetupFlags) => {
      const { cert, key, ...rest } = flags;
      if ((cert === undefined) !== (key === undefined)) throw new SetupError('--cert and --key belong together.');
      const source = cert && key ? { certFile: cert, keyFile: key } : undefined;
      const { varDir } = ctx.config();
      const done = await setUpDomain(varDir, domain.toLowerCase(), { ...rest, source, yes: rest.yes ?? false }, say());
      const renewal = await scheduleRenewal(unitInput(done.config), `${DEFAULT_UNIT}-${done.config.installId}`);
      const { publicUrl, tls } = done.config;
      const firewall = firewallLines(publicPorts(done.config));
      ctx.out({ url: publicUrl, tls, verified: done.verified, renewal, firewall }, setupText(done, renewal));
    });
}

function registerCertificate(program: Command, ctx: CommandContext): void {
  const command = program.command('certificate').description('the certificate of the public address');
  command
    .command('renew')
    .description('renew it where due, and have nginx read it')
    .option('--force', 'although it is not due')
    .action(async (flags: { force?: boolean }) => {
      needRoot('"stagedoor certificate renew"');
      const config = ctx.config();
      const done = await renew(config, rememberedSource(config.installId), flags.force ?? false);
      const how = done.renewed ? `Renewed${done.reloaded ? '; nginx reads the new one' : ''}.` : 'Not due.';
      ctx.out(done, `${how} Valid until ${done.certificate.validUntil}, ${done.certificate.daysLeft} days.`);
    });
}

function stateText(state: ServiceState, name: string): string {
  if (!state.systemd)
    return 'This machine does not run systemd: nothing was written. "stagedoor service install --print" shows the unit.';
  if (!state.installed) return `${name}.service is not installed.`;
  return `${name}.service is installed and runs at boot (systemd says: ${state.active}).`;
}

function registerService(program: Command, ctx: CommandContext): void {
  const command = program.command('service').description('start at boot, by systemd');
  const named = (verb: string, text: string) =>
    command.command(verb).description(text).option('--name <name>', 'name of the unit', unitName, DEFAULT_UNIT);
  named('install', 'write and enable the unit')
    .option('--print', 'print the unit and write nothing')
    .action(async (flags: { name: string; print?: boolean }) => {
      const input = unitInput(ctx.config());
      if (flags.print) return ctx.out({ unit: bootUnit(input) }, bootUnit(input).trimEnd());
      needRoot('"stagedoor service install"');
      const state = await installService(input, flags.name);
      ctx.out(state, stateText(state, flags.name));
    });
  named('remove', 'disable and remove the unit; what runs goes on').action(async (flags: { name: string }) => {
    needRoot('"stagedoor service remove"');
    const state = await removeService(ctx.config().installId, flags.name);
    ctx.out(state, stateText(state, flags.name));
  });
  named('status', 'say whether the unit is there').action(async (flags: { name: string }) => {
    const state = await serviceState(flags.name);
    ctx.out(state, stateText(state, flags.name));
  });
}

function registerBackup(program: Command, ctx: CommandContext, say: () => Say): void {
  program
    .command('backup')
    .description('save database, keys, settings and timelines in one file, and read it back')
    .argument('[file]', 'absent: a new file in the folder "backups" of the install')
    .option('--verify', 'only check an existing file')
    .action(async (file: string | undefined, flags: { verify?: boolean }) => {
      if (flags.verify) {
        if (!file) throw new SetupError('Name the file to verify.');
        const manifest = await verifyFile(ctx.config(), file);
        return ctx.out(
          { file, manifest },
          `${file} is whole: ${manifest.members.length} members, made ${manifest.createdAt}.`,
        );
      }
      const { manifest, ...made } = await saveBackup(ctx.config(), file);
      const text = `Saved ${made.file} (${made.bytes} bytes) and read it back. It holds every key of this install: keep it as safe.`;
      ctx.out({ ...made, manifest }, text);
    });
  program
    .command('restore')
    .description('replace the content of this install by a backup; what was there is saved first')
    .argument('<file>', 'a file made by "stagedoor backup"')
    .option('--var <dir>', 'the install to restore into, where there are several')
    .action(async (file: string, flags: { var?: string }) => {
      if (flags.var && !existsSync(join(flags.var, 'settings.json')))
        throw new SetupError(
          `There is no install in ${flags.var}. Make it first: STAGEDOOR_VAR=${flags.var} npm start`,
        );
      const config = flags.var ? loadConfig(flags.var) : ctx.config();
      const done = await restoreFrom(config, file, say());
      ctx.out(done, `Restored what was saved on ${done.manifest.createdAt}. What was here before: ${done.previous}`);
    });
}

/** Adds the commands for a real server to the `stagedoor` program. */
export function registerProductionCommands(program: Command, ctx: CommandContext): void {
  const say = () => (ctx.json() ? sayNothing : sayOnTerminal);
  registerSetup(program, ctx, say);
  registerCertificate(program, ctx);
  registerService(program, ctx);
  registerBackup(program, ctx, say);
}
