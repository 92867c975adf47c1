import { AppError } from '#contract/errors.ts';
import type { ShowState } from '#contract/live-sessions.ts';
import type { Sql, Tx } from '../platform/db.ts';

export type Show = {
  readonly id: number;
  readonly publicId: string;
  readonly channelId: number;
  readonly slug: string;
  readonly channelPublicId: string;
  readonly title: string | null;
  readonly location: string | null;
  readonly estimatedMinutes: number | null;
  readonly state: ShowState;
  readonly version: number;
  readonly goLiveMode: 'auto' | 'manual';
  readonly viewerLimit: number;
  readonly graceSeconds: number;
  readonly startsAt: Date | null;
  readonly startedAt: Date | null;
  readonly openedAt: Date | null;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly stateSince: Date;
  readonly reconnectingSince: Date | null;
  readonly ingestState: string | null;
  readonly ingestKeyId: string | null;
  readonly ingestInput: string | null;
  readonly ingestLight: string | null;
  /** A JSON list. */
  readonly ingestAdvices: string | null;
  readonly test: number;
  readonly thumbnail: string | null;
  readonly viewers: number;
  readonly peakViewers: number;
  readonly createdAt: Date;
  /** Who may watch, as text: see channels/rules.ts. */
  readonly audience: string;
  /** Tokens; null: no tickets are sold. */
  readonly ticketPrice: number | null;
  readonly ticketsSold: number;
  readonly replayReadyAt: Date | null;
  /** The channel's settings of this moment. */
  readonly windowSeconds: number | null;
  readonly recordShows: number;
  /** The database's clock when the row was read. */
  readonly now: Date;
};

const SELECT = `SELECT s.id, s.publicId, s.channelId, c.slug, c.publicId AS channelPublicId, s.title, s.location,
    s.estimatedMinutes, s.state, s.version, s.goLiveMode, s.viewerLimit, s.graceSeconds, s.startsAt, s.startedAt,
    s.openedAt, s.endedAt, s.endReason, s.stateSince, s.reconnectingSince, s.ingestState, s.ingestKeyId, s.ingestInput,
    s.ingestLight, s.ingestAdvices, s.test, s.thumbnail, s.viewers, s.peakViewers, s.createdAt,
    s.audience, s.ticketPrice, s.ticketsSold, s.replayReadyAt, c.windowSeconds, c.recordShows, UTC_TIMESTAMP(3) AS now
  FROM live_show s JOIN channel c ON c.id = s.channelId`;
/** Hours after its time for which a planned show is still waited for. */
const LATE_HOURS = 12;
/** Minutes before its time from which on an encoder opens a planned show. */
const EARLY_MINUTES = 15;
/** Minutes for which a page says that the show has ended. */
const ENDED_MINUTES = 30;

export const running = (sql: Sql, channelId: number) =>
  sql.row<Show>(`${SELECT} WHERE s.activeChannelId = ?`, [channelId]);

export const allRunning = (sql: Sql) =>
  sql.rows<Show>(`${SELECT} WHERE s.activeChannelId IS NOT NULL ORDER BY s.id LIMIT 1000`);

/** Locks the shows that run, in order of their ids. */
export async function lockRunning(tx: Tx): Promise<Show[]> {
  await tx.rows('SELECT id FROM live_show WHERE activeChannelId IS NOT NULL ORDER BY id LIMIT 1000 FOR UPDATE');
  return allRunning(tx);
}

export const byPublicId = (sql: Sql, publicId: string) => sql.row<Show>(`${SELECT} WHERE s.publicId = ?`, [publicId]);
export const byId = (sql: Sql, id: number) => sql.row<Show>(`${SELECT} WHERE s.id = ?`, [id]);

/** The planned show whose time has come, the nearest one. */
export const due = (sql: Sql, channelId: number) =>
  sql.row<Show>(
    `${SELECT} WHERE s.channelId = ? AND s.state = 'scheduled' AND s.test = FALSE
       AND s.startsAt BETWEEN UTC_TIMESTAMP(3) - INTERVAL ${LATE_HOURS} HOUR
                          AND UTC_TIMESTAMP(3) + INTERVAL ${EARLY_MINUTES} MINUTE
     ORDER BY ABS(TIMESTAMPDIFF(SECOND, s.startsAt, UTC_TIMESTAMP(3))), s.id LIMIT 1`,
    [channelId],
  );

/** The test stream that waits for its encoder. */
export const waitingTest = (sql: Sql, channelId: number) =>
  sql.row<Show>(
    `${SELECT} WHERE s.channelId = ? AND s.state = 'scheduled' AND s.test = TRUE ORDER BY s.id DESC LIMIT 1`,
    [channelId],
  );

export type OpenTest = {
  readonly id: number;
  readonly channelId: number;
  readonly ageSeconds: number;
  readonly showDue: number;
};

/** Test streams that wait or run, and what decides about their end. */
export const openTests = (sql: Sql) =>
  sql.rows<OpenTest>(
    `SELECT s.id, s.channelId,
       TIMESTAMPDIFF(SECOND, COALESCE(s.startedAt, s.createdAt), UTC_TIMESTAMP(3)) AS ageSeconds,
       EXISTS (SELECT 1 FROM live_show p WHERE p.channelId = s.channelId AND p.state = 'scheduled' AND p.test = FALSE
         AND p.startsAt > COALESCE(s.startedAt, s.createdAt) AND p.startsAt <= UTC_TIMESTAMP(3)) AS showDue
     FROM live_show s
     WHERE s.test = TRUE AND s.state IN ('scheduled', 'starting', 'preview', 'reconnecting') ORDER BY s.id LIMIT 200`,
  );

/** True where this key's test was ended under its encoder, at most so many seconds ago. */
export async function testEndedUnder(sql: Sql, channelId: number, keyId: string, seconds: number): Promise<boolean> {
  const row = await sql.row<{ id: number }>(
    `SELECT id FROM live_show WHERE channelId = ? AND state = 'ended' AND test = TRUE AND ingestKeyId = ?
       AND ingestState IN ('connecting', 'playing') AND endedAt > UTC_TIMESTAMP(3) - INTERVAL ? SECOND LIMIT 1`,
    [channelId, keyId, seconds],
  );
  return row !== null;
}

export const setGoLiveMode = (tx: Tx, id: number, mode: 'auto' | 'manual') =>
  tx.run('UPDATE live_show SET goLiveMode = ? WHERE id = ?', [mode, id]);

/**
 * What a visitor is shown: the running show, else the next planned one, else one that has just ended. A running
 * test stream is for its creator alone; everybody else sees what there would be without it.
 */
export const current = (sql: Sql, channelId: number, whose: 'creators' | 'everybodys') =>
  sql.row<Show>(
    `${SELECT} WHERE s.channelId = ?
     AND (s.test = FALSE OR (s.activeChannelId IS NOT NULL AND ${whose === 'creators'})) AND (s.activeChannelId IS NOT NULL
       OR (s.state = 'scheduled' AND s.startsAt > UTC_TIMESTAMP(3) - INTERVAL ${LATE_HOURS} HOUR)
       OR (s.state = 'ended' AND s.endedAt > UTC_TIMESTAMP(3) - INTERVAL ${ENDED_MINUTES} MINUTE))
     ORDER BY s.activeChannelId IS NOT NULL DESC, s.state = 'scheduled' DESC,
       IF(s.state = 'scheduled', s.startsAt, NULL), s.endedAt DESC LIMIT 1`,
    [channelId],
  );

export type NewShow = {
  readonly publicId: string;
  readonly channelId: number;
  readonly state: 'scheduled' | 'starting';
  readonly title: string | null;
  readonly location: string | null;
  readonly estimatedMinutes: number | null;
  readonly goLiveMode: 'auto' | 'manual';
  readonly viewerLimit: number;
  readonly graceSeconds: number;
  /** Null: now, by the database's clock. */
  readonly startsAt: Date | null;
  readonly test: boolean;
  readonly audience: string;
  readonly ticketPrice: number | null;
};

export async function insert(tx: Tx, show: NewShow): Promise<Show> {
  const { insertId } = await tx.run(
    `INSERT INTO live_show (publicId, channelId, state, title, location, estimatedMinutes, goLiveMode, viewerLimit,
       graceSeconds, test, audience, ticketPrice, startsAt, startedAt, stateSince, createdAt)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(3)), IF(? = 'starting', UTC_TIMESTAMP(3), NULL),
       UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    [
      show.publicId,
      show.channelId,
      show.state,
      show.title,
      show.location,
      show.estimatedMinutes,
      show.goLiveMode,
      show.viewerLimit,
      show.graceSeconds,
      show.test,
      show.audience,
      show.ticketPrice,
      show.startsAt,
      show.state,
    ],
  );
  return mustExist(await byId(tx, insertId));
}

function mustExist(show: Show | null): Show {
  if (!show) throw new Error('a show vanished inside its transaction');
  return show;
}

/** Saves a new state by compare-and-set. Throws show.illegal_transition where the show has moved on meanwhile. */
export async function saveState(tx: Tx, show: Show, next: ShowState, endReason: string | null): Promise<Show> {
  const { touched } = await tx.run(
    `UPDATE live_show SET state = ?, version = version + 1, stateSince = UTC_TIMESTAMP(3),
       reconnectingSince = IF(? = 'reconnecting', UTC_TIMESTAMP(3), NULL),
       startedAt = IF(? = 'starting', COALESCE(startedAt, UTC_TIMESTAMP(3)), startedAt),
       openedAt = IF(? = 'live', COALESCE(openedAt, UTC_TIMESTAMP(3)), openedAt),
       endedAt = IF(? IN ('ended', 'cancelled'), UTC_TIMESTAMP(3), NULL), endReason = ?,
       viewers = IF(? = 'ended', 0, viewers), thumbnail = IF(? IN ('ended', 'cancelled'), NULL, thumbnail)
     WHERE id = ? AND version = ? AND state = ?`,
    [next, next, next, next, next, endReason, next, next, show.id, show.version, show.state],
  );
  if (touched !== 1) throw new AppError('show.illegal_transition', { state: show.state });
  return mustExist(await byId(tx, show.id));
}

export const updateDetails = (
  tx: Tx,
  id: number,
  d: Pick<NewShow, 'title' | 'location' | 'estimatedMinutes' | 'viewerLimit' | 'startsAt'>,
  audience: string | null,
) =>
  tx.run(
    // What tickets were sold for stays as it was offered.
    `UPDATE live_show SET title = COALESCE(?, title), location = COALESCE(?, location),
       estimatedMinutes = COALESCE(?, estimatedMinutes), viewerLimit = ?, startsAt = COALESCE(?, startsAt),
       audience = IF(ticketPrice IS NULL, COALESCE(?, audience), audience) WHERE id = ?`,
    [d.title, d.location, d.estimatedMinutes, d.viewerLimit, d.startsAt, audience, id],
  );

export type Planned = Pick<
  NewShow,
  'title' | 'location' | 'estimatedMinutes' | 'viewerLimit' | 'startsAt' | 'audience' | 'ticketPrice'
>;

/** Changes a planned show by compare-and-set: no ticket was sold since `show` was read. False where one was. */
export async function savePlan(tx: Tx, show: Show, plan: Planned): Promise<boolean> {
  const { touched } = await tx.run(
    `UPDATE live_show SET title = ?, location = ?, estimatedMinutes = ?, viewerLimit = ?, startsAt = ?, audience = ?,
       ticketPrice = ?, version = version + 1 WHERE id = ? AND version = ? AND state = 'scheduled' AND ticketsSold = ?`,
    [
      plan.title,
      plan.location,
      plan.estimatedMinutes,
      plan.viewerLimit,
      plan.startsAt,
      plan.audience,
      plan.ticketPrice,
      show.id,
      show.version,
      show.ticketsSold,
    ],
  );
  return touched === 1;
}

export type Ingest = Pick<Show, 'ingestState' | 'ingestKeyId' | 'ingestInput' | 'ingestLight' | 'ingestAdvices'>;

/** What media says of the encoder. A picture stays until there is a newer one. */
export const saveIngest = (tx: Tx, id: number, ingest: Ingest, thumbnail: string | null) =>
  tx.run(
    `UPDATE live_show SET ingestState = ?, ingestKeyId = ?, ingestInput = ?, ingestLight = ?, ingestAdvices = ?,
       thumbnail = COALESCE(?, thumbnail) WHERE id = ?`,
    [
      ingest.ingestState,
      ingest.ingestKeyId,
      ingest.ingestInput,
      ingest.ingestLight,
      ingest.ingestAdvices,
      thumbnail,
      id,
    ],
  );

export const setViewers = (tx: Tx, id: number, viewers: number) =>
  tx.run('UPDATE live_show SET viewers = ?, peakViewers = GREATEST(peakViewers, ?) WHERE id = ?', [
    viewers,
    viewers,
    id,
  ]);

export const restartGrace = (tx: Tx) =>
  tx.run(
    `UPDATE live_show SET reconnectingSince = UTC_TIMESTAMP(3), version = version + 1
     WHERE state = 'reconnecting' AND activeChannelId IS NOT NULL`,
  );

/**
 * Planned shows that nobody began; and those that tickets are sold for and that nobody could watch `ticketedMinutes`
 * after their time, whatever their encoder does.
 */
export const stale = (sql: Sql, ticketedMinutes: number) =>
  sql.rows<{ id: number; channelId: number }>(
    `SELECT id, channelId FROM live_show
     WHERE (state = 'scheduled' AND startsAt < UTC_TIMESTAMP(3) - INTERVAL ${LATE_HOURS} HOUR)
       OR (state IN ('scheduled', 'starting', 'preview', 'reconnecting') AND openedAt IS NULL AND ticketPrice IS NOT NULL
         AND startsAt < UTC_TIMESTAMP(3) - INTERVAL ? MINUTE)
     LIMIT 200`,
    [ticketedMinutes],
  );

/** A channel's newest shows. */
export const recent = (sql: Sql, channelId: number) =>
  sql.rows<Show>(`${SELECT} WHERE s.channelId = ? ORDER BY s.id DESC LIMIT 50`, [channelId]);
