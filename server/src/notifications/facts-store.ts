/** What letters tell of channels and shows, read when the letter is made. */
import type { Sql } from '../platform/db.ts';

export type ChannelFacts = { readonly id: number; readonly slug: string; readonly name: string };
export type ShowFacts = {
  readonly title: string | null;
  readonly location: string | null;
  readonly minutes: number | null;
  readonly at: Date | null;
  readonly channelId: number;
};
const SHOW = 'title, location, estimatedMinutes AS minutes, COALESCE(openedAt, startsAt) AS at, channelId';

export const channelBySlug = (sql: Sql, slug: string) =>
  sql.row<ChannelFacts>('SELECT id, slug, name FROM channel WHERE slug = ?', [slug]);

export const channelById = (sql: Sql, id: number) =>
  sql.row<ChannelFacts>('SELECT id, slug, name FROM channel WHERE id = ?', [id]);

export const show = (sql: Sql, publicId: string) =>
  sql.row<ShowFacts>(`SELECT ${SHOW} FROM live_show WHERE publicId = ?`, [publicId]);

/** The channel's show that runs, else the next planned one that begins before `until`. */
export const nextShow = (sql: Sql, channelId: number, until: Date) =>
  sql.row<ShowFacts>(
    `SELECT ${SHOW} FROM live_show WHERE channelId = ? AND test = FALSE
       AND (activeChannelId IS NOT NULL OR (state = 'scheduled' AND startsAt > UTC_TIMESTAMP(3) AND startsAt < ?))
     ORDER BY activeChannelId IS NULL, startsAt, id LIMIT 1`,
    [channelId, until],
  );

export const person = (sql: Sql, userId: string) =>
  sql.row<{ name: string; email: string }>('SELECT name, email FROM user WHERE id = ?', [userId]);
