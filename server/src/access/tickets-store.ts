/** Tickets, and what of shows and people their sale needs. */
import type { ShowState } from '#contract/live-sessions.ts';
import type { TicketState } from '#contract/tickets.ts';
import type { Sql, Tx } from '../platform/db.ts';
import { SEAT_HOLD_MINUTES } from './rules.ts';

export type SoldShow = {
  readonly id: number;
  readonly publicId: string;
  readonly channelId: number;
  readonly slug: string;
  readonly ownerId: string;
  readonly creatorBps: number;
  readonly state: ShowState;
  readonly audience: string;
  readonly ticketPrice: number | null;
  readonly ticketsSold: number;
  readonly viewerLimit: number;
  readonly startsAt: Date | null;
  readonly endedAt: Date | null;
  readonly replayReadyAt: Date | null;
  readonly now: Date;
};

const SHOW = `SELECT s.id, s.publicId, s.channelId, c.slug, c.ownerId, c.creatorBps, s.state, s.audience, s.ticketPrice,
    s.ticketsSold, s.viewerLimit, s.startsAt, s.endedAt, s.replayReadyAt, UTC_TIMESTAMP(3) AS now
  FROM live_show s JOIN channel c ON c.id = s.channelId WHERE s.publicId = ? AND s.test = FALSE`;

export const show = (sql: Sql, publicId: string) => sql.row<SoldShow>(SHOW, [publicId]);

/** Locks the show alone: seats are given away under this lock. */
export async function lockShow(tx: Tx, publicId: string): Promise<SoldShow | null> {
  await tx.row('SELECT id FROM live_show WHERE publicId = ? FOR UPDATE', [publicId]);
  return show(tx, publicId);
}

/** Codes that open a channel now or at the show's time, whichever is later, and those that are being paid for. */
export async function codesFor(sql: Sql, channelId: number, startsAt: Date | null): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT (SELECT COUNT(*) FROM access_code WHERE channelId = ? AND revokedAt IS NULL
         AND expiresAt > GREATEST(UTC_TIMESTAMP(3), COALESCE(?, UTC_TIMESTAMP(3)))) +
       (SELECT COUNT(*) FROM checkout WHERE mode IN ('standin', 'test', 'live') AND state = 'open' AND kind = 'code'
         AND channelId = ? AND createdAt > UTC_TIMESTAMP(3) - INTERVAL ${SEAT_HOLD_MINUTES} MINUTE) AS n`,
    [channelId, startsAt, channelId],
  );
  return Number(row?.n ?? 0);
}

export type Ticket = {
  readonly id: number;
  readonly publicId: string;
  readonly showId: number;
  readonly showPublicId: string;
  readonly showEndReason: string | null;
  readonly channelId: number;
  readonly userId: string;
  readonly state: TicketState;
  readonly priceTokens: number;
  readonly replayOnly: number;
  readonly transferId: string;
  readonly refundTransferId: string | null;
};

const TICKET = `SELECT t.id, t.publicId, t.showId, s.publicId AS showPublicId, s.endReason AS showEndReason, t.channelId, t.userId,
    t.state, t.priceTokens, t.replayOnly, t.transferId, t.refundTransferId
  FROM ticket t JOIN live_show s ON s.id = t.showId`;

export const heldTicket = (sql: Sql, showPublicId: string, userId: string) =>
  sql.row<Ticket>(`${TICKET} WHERE s.publicId = ? AND t.heldBy = ?`, [showPublicId, userId]);

export const byTransfer = (sql: Sql, transferId: string) =>
  sql.row<Ticket>(`${TICKET} WHERE t.transferId = ?`, [transferId]);

export const byPublicId = (sql: Sql, publicId: string) => sql.row<Ticket>(`${TICKET} WHERE t.publicId = ?`, [publicId]);

/** Locks one ticket: it is taken back once. */
export async function lockTicket(tx: Tx, publicId: string): Promise<Ticket | null> {
  await tx.row('SELECT id FROM ticket WHERE publicId = ? FOR UPDATE', [publicId]);
  return byPublicId(tx, publicId);
}

export type NewTicket = Pick<Ticket, 'publicId' | 'showId' | 'channelId' | 'userId' | 'priceTokens' | 'transferId'> & {
  readonly replayOnly: boolean;
  readonly boughtAt: Date;
};

/** Writes a ticket; one that is not for the replay takes a seat. Needs the show locked. */
export async function insertTicket(tx: Tx, ticket: NewTicket): Promise<void> {
  await tx.run(
    `INSERT INTO ticket (publicId, showId, channelId, userId, state, priceTokens, replayOnly, transferId, boughtAt)
     VALUES (?, ?, ?, ?, 'valid', ?, ?, ?, ?)`,
    [
      ticket.publicId,
      ticket.showId,
      ticket.channelId,
      ticket.userId,
      ticket.priceTokens,
      ticket.replayOnly,
      ticket.transferId,
      ticket.boughtAt,
    ],
  );
  await tx.run('UPDATE live_show SET ticketsSold = ticketsSold + 1 WHERE id = ?', [ticket.showId]);
}

/** Marks a locked ticket as taken back, and gives its seat free. */
export async function withdrawTicket(tx: Tx, ticket: Ticket, refundTransferId: string, reason: string): Promise<void> {
  await tx.run(
    `UPDATE ticket SET state = 'refunded', refundTransferId = ?, refundReason = ?, refundedAt = UTC_TIMESTAMP(3)
     WHERE id = ? AND state = 'valid'`,
    [refundTransferId, reason, ticket.id],
  );
  await tx.run('UPDATE live_show SET ticketsSold = ticketsSold - 1 WHERE id = ?', [ticket.showId]);
}

/** Tickets of shows that were cancelled, or that ended before anybody could watch: their fans get the tokens back. */
export async function toRefund(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.list<{ publicId: string }>(
    `SELECT t.publicId FROM live_show s JOIN ticket t ON t.showId = s.id AND t.state = 'valid'
     WHERE s.state IN ('cancelled', 'ended') AND s.openedAt IS NULL AND s.ticketsSold > 0 ORDER BY t.id LIMIT ?`,
    [limit],
  );
  return rows.map(({ publicId }) => publicId);
}

export const recipient = (sql: Sql, userId: string) =>
  sql.row<{ email: string; language: 'en' | 'ro' | 'es' }>('SELECT email, language FROM user WHERE id = ?', [userId]);

/** The last booking that took this one back. */
export async function lastReversal(sql: Sql, transferId: string): Promise<string | null> {
  const row = await sql.row<{ publicId: string }>(
    'SELECT publicId FROM ledger_transfer WHERE reverses = ? ORDER BY id DESC LIMIT 1',
    [transferId],
  );
  return row?.publicId ?? null;
}

export type ListedTicket = {
  readonly ticketId: string;
  readonly state: TicketState;
  readonly priceTokens: number;
  readonly replayOnly: number;
  readonly transferId: string;
  readonly boughtAt: Date;
  readonly refundedAt: Date | null;
};
const LISTED = 't.publicId AS ticketId, t.state, t.priceTokens, t.replayOnly, t.transferId, t.boughtAt, t.refundedAt';
const BEFORE = 'AND t.id < (SELECT id FROM ticket WHERE publicId = ?)';

export const ofShow = (sql: Sql, showId: number, before: string | null, limit: number) =>
  sql.list<ListedTicket & { readonly buyer: string }>(
    `SELECT ${LISTED}, COALESCE(u.name, '') AS buyer FROM ticket t LEFT JOIN user u ON u.id = t.userId
     WHERE t.showId = ? ${before === null ? '' : BEFORE} ORDER BY t.id DESC LIMIT ?`,
    [showId, ...(before === null ? [] : [before]), limit],
  );

export async function countOf(sql: Sql, showId: number): Promise<{ sold: number; refunded: number }> {
  const row = await sql.row<{ sold: number; refunded: number }>(
    `SELECT COALESCE(SUM(state = 'valid'), 0) AS sold, COALESCE(SUM(state = 'refunded'), 0) AS refunded
     FROM ticket WHERE showId = ?`,
    [showId],
  );
  return { sold: Number(row?.sold ?? 0), refunded: Number(row?.refunded ?? 0) };
}

export type OwnTicket = ListedTicket & {
  readonly showId: string;
  readonly title: string | null;
  readonly showState: ShowState;
  readonly startsAt: Date | null;
  readonly slug: string;
  readonly channelName: string;
};

export const ofUser = (sql: Sql, userId: string, before: string | null, limit: number) =>
  sql.list<OwnTicket>(
    `SELECT ${LISTED}, s.publicId AS showId, s.title, s.state AS showState, s.startsAt, c.slug, c.name AS channelName
     FROM ticket t JOIN live_show s ON s.id = t.showId JOIN channel c ON c.id = t.channelId
     WHERE t.userId = ? ${before === null ? '' : BEFORE} ORDER BY t.id DESC LIMIT ?`,
    [userId, ...(before === null ? [] : [before]), limit],
  );
