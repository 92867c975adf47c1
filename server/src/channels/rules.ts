/** Who may watch, as a column keeps it: a comma-separated list, in one order, which SQL reads by FIND_IN_SET. */
import type { Way } from '#contract/live-sessions.ts';

const WAYS: readonly Way[] = ['everybody', 'code', 'ticket', 'membership'];

/** The ways that a column names. */
export const waysOf = (column: string): Way[] => WAYS.filter((way) => column.split(',').includes(way));

/** The text that a column keeps. */
export const audienceText = (ways: readonly Way[]): string => WAYS.filter((way) => ways.includes(way)).join(',');
