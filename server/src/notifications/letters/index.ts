/** A notice's letter in its language. */
import type { Language, NoticeEvent } from '#contract/notices.ts';
import type { NoticeData } from '../outbox.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import type { Frame } from './layout.ts';
import type { Letter, Variables, Words } from './letter.ts';
import { ro } from './ro.ts';

const WORDS: Record<Language, Words> = { en, ro, es };

/** What an event's data is; read from the outbox, so no type can vouch for it. */
export type AnyData = NoticeData[NoticeEvent];

/** The letter of an event. Throws where the data is not the event's. */
export function letterOf(language: Language, event: NoticeEvent, variables: Variables, data: AnyData): Letter {
  const write = WORDS[language].letters[event] as (v: Variables, d: AnyData) => Letter;
  return write(variables, data);
}

export const frameOf = (language: Language, variables: Variables): Frame => ({
  language,
  brand: variables.channelName || variables.siteName,
  footer: WORDS[language].footer(variables),
  orOpen: WORDS[language].orOpen,
  unsubscribe: variables.unsubscribeLink
    ? { label: WORDS[language].unsubscribe, url: variables.unsubscribeLink }
    : null,
});

export const tokensIn = (language: Language, count: number): string => WORDS[language].tokens(count);
