/** What a row holds. */
export type Cell = number | string | Date | Buffer | null;
export type Row = Record<string, Cell>;
