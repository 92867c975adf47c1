/** What clients were told, held against what is there. */
import type { Deed } from './deed.ts';
import type { Scene } from './scene.ts';

type Row = Readonly<Record<string, unknown>>;
type Found = {
  /** Bookings by their Idempotency-Key. */
  readonly booked: ReadonlyMap<string, readonly string[]>;
  readonly tips: ReadonlyMap<string, string>;
  readonly tickets: ReadonlyMap<string, string>;
  /** By the order's public id. */
  readonly orders: ReadonlyMap<string, Row>;
  readonly ordersOf: ReadonlyMap<string, readonly Row[]>;
  /** Refunds and reversals by what they take back. */
  readonly back: ReadonlyMap<string, number>;
};

function grouped(rows: readonly Row[], name: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(String(row[name]), [...(groups.get(String(row[name])) ?? []), row]);
  return groups;
}
const paired = (rows: readonly Row[]) => new Map(rows.map(({ id, transferId }) => [String(id), String(transferId)]));

async function look({ owner }: Scene): Promise<Found> {
  const [transfers, tips, tickets, orders, back] = await Promise.all([
    owner("SELECT idempotencyKey AS `key`, publicId FROM ledger_transfer WHERE idempotencyKey LIKE 'http:%'"),
    owner('SELECT publicId AS id, transferId FROM tip'),
    owner('SELECT publicId AS id, transferId FROM ticket'),
    owner(`SELECT c.publicId AS id, c.requestKey, c.state, c.kind, c.tokens,
      (SELECT COUNT(*) FROM access_code a WHERE a.issuedBy = c.publicId) AS codes,
      (SELECT COUNT(*) FROM payment p WHERE p.checkoutId = c.id) AS payments FROM checkout c`),
    owner('SELECT reverses AS id, COUNT(*) AS n FROM ledger_transfer WHERE reverses IS NOT NULL GROUP BY reverses'),
  ]);
  const byKey = [...grouped(transfers, 'key')].map(
    ([key, rows]) => [key, rows.map(({ publicId }) => String(publicId))] as const,
  );
  return {
    booked: new Map(byKey),
    tips: paired(tips),
    tickets: paired(tickets),
    orders: new Map(orders.map((row) => [String(row['id']), row])),
    ordersOf: grouped(orders, 'requestKey'),
    back: new Map(back.map(({ id, n }) => [String(id), Number(n)])),
  };
}

/** A tip or a ticket: each yes names the one booking of its key; a no has none. */
function faultsOfBooking(deed: Deed, found: Found): string[] {
  const booked = found.booked.get(`http:${deed.key}`) ?? [];
  if (deed.state === 'refused' && deed.answers.length === 0) return booked.length === 0 ? [] : ['refused, and booked'];
  const isTip = deed.kind === 'tip';
  const rows = isTip ? found.tips : found.tickets;
  return deed.answers.flatMap((answer) => {
    const id = String(answer[isTip ? 'tipId' : 'ticketId']);
    const transferId = String(answer['transferId']);
    // Who holds a ticket and asks for another gets the one that is there, and nothing is booked.
    const bookings = isTip ? booked.length === 1 && booked[0] === transferId : booked.length <= 1;
    const faults = rows.get(id) === transferId ? [] : [`acknowledged as ${id}, and not there`];
    return bookings ? faults : [...faults, `acknowledged, and booked ${booked.length} times`];
  });
}

/** An order: one for its key; paid has exactly one payment and one thing bought, unpaid none. */
function faultsOfOrder(deed: Deed, found: Found): string[] {
  const key = deed.kind === 'code' ? `code:${deed.key}` : `tokens:${deed.who}:${deed.key}`;
  const orders = found.ordersOf.get(key) ?? [];
  const ids = new Set(deed.answers.map((answer) => String(answer['checkoutId'] ?? answer['id'])));
  const faults: string[] = [];
  if (orders.length !== 1) faults.push(`${orders.length} orders`);
  if (ids.size > 1) faults.push(`told of several orders: ${[...ids].join(', ')}`);
  for (const id of ids) if (!found.orders.has(id)) faults.push(`acknowledged as ${id}, and not there`);
  const payments = orders.reduce((sum, { payments: n }) => sum + Number(n), 0);
  const codes = orders.reduce((sum, { codes: n }) => sum + Number(n), 0);
  const expected = deed.paid ? 1 : 0;
  if (payments !== expected) faults.push(`${deed.paid ? 'paid' : 'not paid'}, and ${payments} payments are booked`);
  if (codes !== (deed.kind === 'code' ? expected : 0))
    faults.push(`${deed.paid ? 'paid' : 'not paid'}, and ${codes} codes are there`);
  const shown = deed.answers.flatMap(({ state, code }) =>
    state === 'paid' && deed.kind === 'code' && !code ? ['paid, and no code was shown'] : [],
  );
  return [...faults, ...shown];
}

/** A refund that was answered is booked once. */
function faultsOfRefund(deed: Deed, found: Found): string[] {
  const times = found.back.get(deed.who) ?? 0;
  return deed.state === 'done' && times !== 1 ? [`given back ${times} times`] : [];
}

/** Faults in what was acknowledged, refused or paid, deed by deed. */
export async function deedFaults(scene: Scene): Promise<string[]> {
  const found = await look(scene);
  const known = scene.deeds.filter(({ state }) => state !== 'gone');
  return known.flatMap((deed) => {
    const unheard = deed.state === 'asked' ? ['never answered'] : [];
    const of =
      deed.kind === 'refund'
        ? faultsOfRefund
        : deed.kind === 'tip' || deed.kind === 'ticket'
          ? faultsOfBooking
          : faultsOfOrder;
    return [...unheard, ...of(deed, found)].map((fault) => `${deed.kind} ${deed.key} of ${deed.who}: ${fault}`);
  });
}
