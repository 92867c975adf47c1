/** What a drill tried, what held, and what was lost, as a table. */
import type { Drilled, Outcome } from './money.ts';

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function line(name: string, rounds: readonly Outcome[]): string[] {
  const reached = rounds.filter((one) => one.reached);
  const lost = rounds.filter(({ faults }) => faults.length > 0).length;
  const rest = reached.map(({ restMs }) => restMs).sort((one, other) => one - other);
  const [point = '', victim = ''] = name.split(' ');
  const held = reached.filter(({ faults }) => faults.length === 0).length;
  const repeats = rounds.reduce((sum, one) => sum + one.repeats, 0);
  const median = rest[Math.floor(rest.length / 2)] ?? 0;
  return [point, victim, reached.length, held, lost, repeats, seconds(median), seconds(rest.at(-1) ?? 0)].map(String);
}

function padded(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One line for each point and process, then the sum and everything that was lost. */
export function tableOf({ seed, outcomes, faults, deeds, acknowledged, mailsTwice }: Drilled): string {
  const groups = new Map<string, Outcome[]>();
  for (const one of outcomes) {
    const name = `${one.point} ${one.victim}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const head = ['point', 'killed', 'tried', 'held', 'lost', 'asked again', 'at rest after (s)', 'most'];
  const rows = [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, rounds]) => line(name, rounds));
  const tried = outcomes.filter(({ reached }) => reached).length;
  const lost = outcomes.filter(({ faults: of }) => of.length > 0);
  const missed = outcomes.length - tried;
  const sum = [
    `seed ${seed}: ${tried} tried, ${tried - lost.length} held, ${lost.length} lost${missed > 0 ? `, ${missed} NEVER REACHED` : ''}`,
    `${deeds} deeds of clients, ${acknowledged} acknowledged; ${mailsTwice} mails came twice; the last check found ${faults.length} faults`,
  ];
  const details = [
    ...lost.flatMap((one) => one.faults.map((fault) => `LOST ${one.point} (${one.victim}): ${fault}`)),
    ...faults,
  ];
  return [padded([head, ...rows]), ...sum, ...details].join('\n');
}
