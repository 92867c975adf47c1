/** Results are kept as JSON, one entry a benchmark, and the page is rendered from them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Findings } from './result.ts';

const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

export type Entry = Findings & {
  readonly title: string;
  /** ISO date and time, UTC. */
  readonly takenAt: string;
  readonly machine: string;
  /** Load average when it began: other work on the machine shows here. */
  readonly load: number;
  readonly command: string;
};
type Entries = Record<string, Entry>;

function known(): Entries {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Entries;
  } catch {
    return {};
  }
}

const verdict = (reached: boolean | null) => (reached === null ? '' : reached ? 'yes' : '**no**');

function section(entry: Entry): string {
  const rows = entry.rows.map((row) =>
    [row.what, row.measured, row.beside, row.target, verdict(row.reached)].join(' | '),
  );
  return `## ${entry.title}

| what | measured | beside | at least | reached |
|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

${entry.notes.map((note) => `- ${note}`).join('\n')}
- Taken ${entry.takenAt.slice(0, 16).replace('T', ' ')} UTC with \`${entry.command}\`; load average when it began: ${entry.load.toFixed(2)}.
`;
}

function render(entries: Entries, order: readonly string[]): string {
  const shown = order.flatMap((name) => entries[name] ?? []);
  return `# How fast it is

Written by \`npm run bench\`, not by hand. Everything runs on one machine and talks to 127.0.0.1: an install of
its own, made by the code of \`npm start\`, the encoder, the viewers and what stands beside us share its cores.
Where two things are compared they run in turn or at the same time, and the median is given. \`npm run bench -- NAME …\`
runs some of them (${order.map((name) => `\`${name}\``).join(', ')}), \`--seconds N\` sets the length of a stretch, \`--quick\` tries
whether they run and writes nothing.

Machine: ${shown[0]?.machine ?? ''}.

${shown.map(section).join('\n')}`;
}

/** Keeps these results, drops those of another machine, and writes the page. Returns the page's path. */
export function publishResults(fresh: Entries, order: readonly string[]): string {
  const machine = Object.values(fresh)[0]?.machine;
  const same = Object.entries(known()).filter(([, entry]) => entry.machine === machine);
  const entries: Entries = { ...Object.fromEntries(same), ...fresh };
  const sorted = Object.fromEntries(order.flatMap((name) => (entries[name] ? [[name, entries[name]]] : [])));
  writeFileSync(RESULTS, `${JSON.stringify(sorted, null, 2)}\n`);
  writeFileSync(PAGE, render(entries, order));
  return PAGE;
}
