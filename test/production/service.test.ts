import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootUnit, renewalCron, renewalUnits, type UnitInput } from '../../scripts/production/service.ts';

let place: string;
let input: UnitInput;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'stagedoor-unit-'));
  input = {
    installId: 'abcd1234',
    // A name that systemd would bend if it were not quoted.
    appDir: join(place, 'app %n dir'),
    varDir: join(place, 'var'),
    nodeDir: '/usr/bin',
    user: 'stagedoor',
  };
  mkdirSync(join(input.appDir, 'scripts/cli'), { recursive: true });
  mkdirSync(input.varDir);
  writeFileSync(join(input.appDir, 'scripts/run.sh'), '');
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

test('the boot unit runs the start script once and lets one process run out of memory alone', () => {
  const unit = bootUnit(input);
  expect(unit).toContain(`ExecStart=/bin/sh "${place}/app %%n dir/scripts/run.sh" start`);
  expect(unit).toContain(`ExecStop=/bin/sh "${place}/app %%n dir/scripts/run.sh" stop`);
  expect(unit).toContain(`Environment="STAGEDOOR_VAR=${input.varDir}"`);
  for (const line of ['Type=oneshot', 'RemainAfterExit=yes', 'OOMPolicy=continue', 'LimitNOFILE=65536'])
    expect(unit).toContain(`\n${line}\n`);
});

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd accepts every unit as it stands', () => {
  const renewal = renewalUnits(input, 'stagedoor');
  const units = { 'sd.service': bootUnit(input), 'sd-c.service': renewal.service, 'sd-c.timer': renewal.timer };
  const files = Object.entries(units).map(([name, text]) => {
    writeFileSync(join(place, name), text);
    return join(place, name);
  });
  const checked = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
  expect(checked.stderr.split('\n').filter((line) => line.includes('sd'))).toEqual([]);
});

test('the crontab line is one that a shell runs', () => {
  const line = renewalCron(input).split('\n')[1] ?? '';
  const command = line.split(/\s+/).slice(6).join(' ');
  // Only read, not run.
  execFileSync('sh', ['-n', '-c', command]);
  expect(line).toMatch(/^17 3,15 \* \* \* root /);
});
