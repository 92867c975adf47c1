/** Times, lengths and amounts as a person of a language writes them. */
import type { Language } from '#contract/notices.ts';

const MINUTE_MS = 60_000;
const LOCALE: Record<Language, string> = { en: 'en-GB', ro: 'ro-RO', es: 'es-ES' };

/** "Saturday 21 November 2026 at 18:04 (Europe/Bucharest, GMT+2)": the zone is named, since the reader's may be another. */
export function instant(at: Date, language: Language, timeZone: string): string {
  const when = new Intl.DateTimeFormat(LOCALE[language], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(at);
  const offset = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return `${when} (${offset && timeZone !== 'UTC' ? `${timeZone}, ${offset}` : timeZone})`;
}

export const day = (at: Date, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(LOCALE[language], { day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(at);

/** "8 hours", "1 hour 35 minutes"; a begun minute counts. Nothing is left of what is over. */
export function length(milliseconds: number, language: Language): string {
  const minutes = Math.max(0, Math.ceil(milliseconds / MINUTE_MS));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const unit = (count: number, name: 'hour' | 'minute') =>
    new Intl.NumberFormat(LOCALE[language], { style: 'unit', unit: name, unitDisplay: 'long' }).format(count);
  const parts = [
    ...(hours > 0 ? [unit(hours, 'hour')] : []),
    ...(rest > 0 || hours === 0 ? [unit(rest, 'minute')] : []),
  ];
  return new Intl.ListFormat(LOCALE[language], { style: 'long', type: 'conjunction' }).format(parts);
}

/** Minor units as money: 549 and `eur` are "€5.49". */
export function cash(minor: number, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(LOCALE[language], { style: 'currency', currency: currency.toUpperCase() });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
