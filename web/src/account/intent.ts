/** What a visitor was about to do when the tokens did not suffice: it goes on after the top-up. */
import type { ShowId } from '#contract/ids.ts';
import { dropValue, keepValue, keptValue } from '../api/kept.ts';
import type { Tip } from '../api/tips.ts';

export type Intent =
  | { kind: 'ticket'; channel: string; showId: ShowId; price: number }
  | { kind: 'tip'; channel: string; tip: Tip };

const NAME = 'intent';

export const keepIntent = (intent: Intent): void => keepValue(NAME, intent);
export const dropIntent = (): void => dropValue(NAME);

/** Takes the intent of this channel's page: once, so that it is carried out once. */
export function takeIntent(channel: string): Intent | null {
  const value = keptValue(NAME);
  if (value === null || typeof value !== 'object' || !('kind' in value) || !('channel' in value)) return null;
  if (value.channel !== channel) return null;
  dropIntent();
  return value as Intent;
}
