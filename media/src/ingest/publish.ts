/** What a publisher says of itself, made safe to hand on. */
import { createHash } from 'node:crypto';
import { Slug } from '#contract/ids.ts';

const LONGEST_ENCODER_NAME = 100;

/** `live` or `live/<slug>`, or null where an application is neither. One slash too many at the end is forgiven. */
export function applicationOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const app = value.endsWith('/') ? value.slice(0, -1) : value;
  if (app === 'live') return app;
  const [live, slug, ...more] = app.split('/');
  return live === 'live' && more.length === 0 && Slug.safeParse(slug).success ? app : null;
}

/** SHA-256 of the stream key, hex; null where there is none. The key is the stream's name up to `?`, trimmed. */
export function keyHashOf(streamName: unknown): string | null {
  if (typeof streamName !== 'string') return null;
  const end = streamName.indexOf('?');
  const key = (end < 0 ? streamName : streamName.slice(0, end)).trim();
  return key === '' ? null : createHash('sha256').update(key, 'utf8').digest('hex');
}

/** The encoder's name for people to read: printable ASCII, short. */
export function encoderOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.replace(/[^ -~]/g, '').slice(0, LONGEST_ENCODER_NAME);
}
