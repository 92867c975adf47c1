/** What a benchmark hands back: a table row for each figure, and sentences for what the table cannot say. */
export type Row = {
  readonly what: string;
  readonly measured: string;
  readonly beside: string;
  readonly target: string;
  /** null where the figure has no target of its own. */
  readonly reached: boolean | null;
};

export type Findings = { readonly rows: readonly Row[]; readonly notes: readonly string[] };

/** `seconds` is the length of one measured stretch where the benchmark has one; null: its own. */
export type Options = {
  readonly quick: boolean;
  readonly seconds: number | null;
  /** Of what happens at random. */
  readonly seed: number;
  say(text: string): void;
};

export const milliseconds = (value: number) =>
  value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const ratio = (value: number) => value.toFixed(2);
export const thousands = (value: number) => Math.round(value).toLocaleString('en-GB');
