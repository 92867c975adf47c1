/** How a command answers: text for people, one JSON value for programs (`--json`). */
import { type Config, loadConfig, namedVarDir } from '#config/index.ts';

/** What commands get from the program. */
export type CommandContext = {
  /** The install's configuration, read when it is first asked for. Throws `ConfigError`. */
  readonly config: () => Config;
  /** The install's folder, also where its configuration cannot be read. Throws `ConfigError`. */
  readonly varDir: () => string;
  readonly json: () => boolean;
  /** Prints the value as JSON, or the text. */
  readonly out: (value: unknown, humanText: string) => void;
};

/** Ends a command with exit code 1 and one sentence. */
export class CommandError extends Error {}

/** Makes the context; `json` tells whether `--json` was given. */
export function createContext(json: () => boolean): CommandContext {
  let config: Config | undefined;
  return {
    json,
    varDir: namedVarDir,
    config() {
      config ??= loadConfig();
      return config;
    },
    out(value, humanText) {
      process.stdout.write(json() ? `${JSON.stringify(value)}\n` : `${humanText}\n`);
    },
  };
}

/** Columns of equal width, for people. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
