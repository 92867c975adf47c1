/** What a person reads once everything runs. */
import type { Installed } from './install.ts';

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Secrets of the demo are shown only where the public address is this machine. */
export function isLocal(publicUrl: string): boolean {
  return LOCAL_HOSTS.has(new URL(publicUrl).hostname);
}

/** The address encoders publish to. */
export function rtmpUrl(settings: { publicUrl: string; rtmpPort: number }): string {
  return `rtmp://${new URL(settings.publicUrl).hostname}:${settings.rtmpPort}/live`;
}

function demoLines(done: Installed): string[] {
  const { demo, settings } = done;
  if (!demo)
    return [
      '',
      '  This address is not local, so no keys are printed. Make your own:',
      '    stagedoor creator add you@example.org --channel NAME',
      '    stagedoor key create --channel NAME --label OBS',
      '    stagedoor code create --channel NAME',
    ];
  const channel = `${settings.publicUrl}/c/${demo.channel}`;
  const line = (label: string, value: string) => `  ${label.padEnd(14)} ${value}`;
  return [
    '',
    line('Demo channel', channel),
    line(
      'Stream key',
      demo.streamKey ?? `shown once; make a new one: stagedoor key create --channel ${demo.channel} --label OBS`,
    ),
    line('Access code', demo.accessCode ?? `make one: stagedoor code create --channel ${demo.channel}`),
    ...(demo.codeExpiresAt ? [line('', `valid until ${demo.codeExpiresAt.toISOString()}`)] : []),
    line('Creator', `${demo.creatorEmail} at ${settings.publicUrl}/studio`),
    line('Password', demo.creatorPassword ?? `set a new one: stagedoor creator password ${demo.creatorEmail}`),
  ];
}

/** The closing text of `npm start`. `downloadMs` and `ownMs`: how long fetching and our own work took. */
export function summary(done: Installed, downloadMs: number, ownMs: number): string {
  const { settings, demo } = done;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const key = demo?.streamKey ?? 'the stream key';
  return [
    '',
    `Stagedoor ${done.alreadyRan ? 'was running already' : 'is running'}.`,
    '',
    `  Address        ${settings.publicUrl}`,
    `  RTMP           ${rtmpUrl(settings)}`,
    ...demoLines(done),
    '',
    '  In OBS: Settings → Stream → Service "Custom…"',
    `    Server       ${rtmpUrl(settings)}`,
    `    Stream key   ${key}`,
    '  and Settings → Output → Keyframe interval 2 s. Then press "Start Streaming".',
    '',
    ...(settings.stripe.mode === 'standin'
      ? ['  Payments       a stand-in for Stripe: no money moves (docs/stripe.md says how to change that)']
      : []),
    `  State          ${done.varDir}${settings.user ? ` (user ${settings.user})` : ''}`,
    '  Next           scripts/stagedoor status · doctor · logs · --help;   npm stop',
    `  Took           ${seconds(downloadMs)} of downloads, ${seconds(ownMs)} of our own work`,
    '',
  ].join('\n');
}
