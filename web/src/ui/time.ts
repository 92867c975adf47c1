/** Durations in words, rounded down: nobody may be promised a minute that they do not have. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Span = { unit: 'days' | 'hours' | 'minutes' | 'seconds'; days: number; h: number; m: number; s: number };

/** Splits a duration in milliseconds for display; negative ones count as zero. */
export function spanOf(durationMs: number): Span {
  const left = Math.max(0, Math.floor(durationMs));
  const days = Math.floor(left / DAY);
  const h = Math.floor((left % DAY) / HOUR);
  const m = Math.floor((left % HOUR) / MINUTE);
  const s = Math.floor((left % MINUTE) / SECOND);
  const unit = left >= DAY ? 'days' : left >= HOUR ? 'hours' : left >= MINUTE ? 'minutes' : 'seconds';
  return { unit, days, h, m, s };
}

/** `2:05` or `1:02:05`, for clocks that run. */
export function clockOf(durationMs: number): string {
  const { days, h, m, s } = spanOf(durationMs);
  const hours = days * 24 + h;
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Corrects the device's clock: what to add to `Date.now()` to get the server's time, milliseconds. */
export function clockOffset(serverTime: string, sentMs: number, receivedMs: number): number {
  return Date.parse(serverTime) - (sentMs + receivedMs) / 2;
}

/** `Fri 21 Nov, 20:00`, in the visitor's zone and manner. */
export const whenText = (instant: string): string =>
  new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(instant));

/** `21 November 2026`, in the visitor's zone and manner. */
export const dayText = (instant: string): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date(instant));
