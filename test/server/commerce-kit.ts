/** What tests of tickets, tips and rights do again and again. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Channel } from '../../server/src/channels/service.ts';
import type { Answer, TestApp } from './app.ts';
import { report } from './app.ts';

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
export const key = (value: string = randomUUID()) => ({ 'idempotency-key': value });

export type Owned = { readonly channel: Channel & { email: string; password: string }; readonly owner: string };

/** A channel with its creator signed in. */
export async function ownedChannel(app: TestApp, settings: Partial<Channel> = {}): Promise<Owned> {
  const channel = await app.make.channel(settings);
  return { channel, owner: await app.signIn(channel) };
}

/** Plans a private show in an hour; returns its id. */
export async function privateShow(app: TestApp, { channel, owner }: Owned, more: object = {}): Promise<string> {
  const body = { channel: channel.slug, type: 'private', ticketPrice: 30, startsAt: inHours(1), ...more };
  const answer = await app.call('POST', '/api/streams/create', { cookie: owner, body });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer.body['id']);
}

/** A cookie of the sign-in library without a password: hashing a hundred of them would be most of a test. */
async function sessionOf(app: TestApp, userId: string): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await app.owner(
    'INSERT INTO session (id, userId, token, expiresAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL 1 DAY)',
    [randomUUID(), userId, token],
  );
  const signature = createHmac('sha256', app.config.secrets.sessionSecret).update(token).digest('base64');
  return `${app.names.session}=${encodeURIComponent(`${token}.${signature}`)}`;
}

/** A fan with tokens who is signed in. */
export async function signedInFan(app: TestApp, balanceTokens: bigint) {
  const fan = await app.make.fan({ balanceTokens });
  return { ...fan, cookie: await sessionOf(app, fan.userId) };
}

export const buy = (app: TestApp, cookie: string, show: string, headers = key(), body: object = {}): Promise<Answer> =>
  app.call('POST', `/api/streams/${show}/tickets/checkout`, { cookie, body, headers });

export const tip = (app: TestApp, cookie: string, body: object, headers = key()): Promise<Answer> =>
  app.call('POST', '/api/tips/send', { cookie, body, headers });

/** An encoder comes: the channel's due show, or one at once, is live. Returns it as media names it. */
export async function goLive(app: TestApp, channel: Channel): Promise<{ showId: string; channelId: string }> {
  const { hash } = await app.make.key(channel);
  const { show } = (await app.media.authorize(hash)).body as { show: { showId: string; channelId: string } };
  await app.media.sync([report(show, 'playing')]);
  return show;
}

/** How many of the answers said what: a status of 200 as `done`, else the error's code. */
export function outcomes(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = status === 200 ? 'done' : String(body['code']);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Everything that must hold of the ledger and of seats, whatever happened. */
export async function expectExact(app: TestApp): Promise<void> {
  const faults = await app.owner(
    `SELECT 'a transfer does not balance' AS fault, t.publicId AS what FROM ledger_transfer t JOIN ledger_entry e ON e.transferId = t.id
       JOIN ledger_account a ON a.id = e.accountId GROUP BY t.id, a.currency HAVING SUM(e.amount) <> 0
     UNION ALL SELECT 'a wallet is not its entries', a.owner FROM ledger_account a WHERE a.kind = 'fan' AND (a.balance < 0
       OR a.balance <> (SELECT COALESCE(SUM(e.amount), 0) FROM ledger_entry e WHERE e.accountId = a.id))
     UNION ALL SELECT 'a show counts its tickets wrongly', s.publicId FROM live_show s
       WHERE s.ticketsSold <> (SELECT COUNT(*) FROM ticket t WHERE t.showId = s.id AND t.state = 'valid')
     UNION ALL SELECT 'a ticket is not paid once', t.publicId FROM ticket t
       WHERE (SELECT COUNT(*) FROM ledger_transfer l WHERE l.publicId = t.transferId AND l.kind = 'ticket') <> 1
     UNION ALL SELECT 'a ticket is not given back once', t.publicId FROM ticket t
       WHERE t.state = 'refunded' AND (SELECT SUM(e.amount) FROM ledger_transfer l JOIN ledger_entry e ON e.transferId = l.id
         JOIN ledger_account a ON a.id = e.accountId AND a.kind = 'fan' WHERE l.reverses = t.transferId) <> t.priceTokens
     UNION ALL SELECT 'tokens were taken and no ticket given', l.publicId FROM ledger_transfer l
       WHERE l.kind = 'ticket' AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.transferId = l.publicId)
     UNION ALL SELECT 'tokens were taken and no tip written', l.publicId FROM ledger_transfer l
       WHERE l.kind = 'tip' AND NOT EXISTS (SELECT 1 FROM tip t WHERE t.transferId = l.publicId)`,
  );
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
}
