/** What of a tip's message is shown. Pure. */
import { TIP_MESSAGE_MAX } from '#contract/tips.ts';

/** Control characters, and those that cannot be seen or turn the direction of what follows. Joiners of emoji stay. */
const UNSEEN = /[\p{Cc}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu;

/** One line of at most 200 characters without what cannot be seen; null where nothing is left. */
export function cleanMessage(text: string | undefined): string | null {
  const line = (text ?? '').toWellFormed().replaceAll(/\s/g, ' ').replaceAll(UNSEEN, '');
  const clean = line.replaceAll(/ {2,}/g, ' ').trim().slice(0, TIP_MESSAGE_MAX).toWellFormed();
  return clean === '' ? null : clean;
}
