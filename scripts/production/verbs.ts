/** The commands that `enter.ts` runs as whoever called it: they drop root themselves, step by step. */
export const PRODUCTION_COMMANDS: ReadonlySet<string> = new Set([
  'setup',
  'certificate',
  'service',
  'backup',
  'restore',
]);
