/** Checker C: everything that must be true of money, whatever died. */
import { deedFaults } from './books-deeds.ts';
import { sqlFaults } from './books-sql.ts';
import type { Scene } from './scene.ts';

type Session = { id: string; payment_status: string; metadata: Record<string, string> };
type Refund = { id: string; payment_intent: string; amount: number };
const PAGE = 100;

/** All objects of one kind that the stand-in knows. */
async function listed<T extends { id: string }>({ install }: Scene, path: string): Promise<T[]> {
  const all: T[] = [];
  for (let after = ''; ; ) {
    const url = `http://127.0.0.1:${install.settings.standinPort}/v1/${path}?limit=${PAGE}${after}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${install.secrets.stripeSecretKey}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    const { data, has_more: more } = (await answer.json()) as { data: T[]; has_more: boolean };
    all.push(...data);
    if (!more) return all;
    after = `&starting_after=${data.at(-1)?.id}`;
  }
}

/** Paid at Stripe if and only if booked here, once; given back there as here. */
async function stripeFaults(scene: Scene): Promise<string[]> {
  const [sessions, refunds] = [
    await listed<Session>(scene, 'checkout/sessions'),
    await listed<Refund>(scene, 'refunds'),
  ];
  const rows = await scene.owner(
    `SELECT c.publicId AS id, COUNT(p.id) AS payments FROM checkout c LEFT JOIN payment p ON p.checkoutId = c.id GROUP BY c.id`,
  );
  const payments = new Map(rows.map(({ id, payments: n }) => [String(id), Number(n)]));
  const paid = new Map<string, number>();
  for (const { metadata, payment_status: status } of sessions) {
    const id = metadata['checkout'] ?? '';
    paid.set(id, (paid.get(id) ?? 0) + (status === 'paid' ? 1 : 0));
  }
  const faults = [...new Set([...payments.keys(), ...paid.keys()])].flatMap((id) => {
    const [there, here] = [paid.get(id) ?? 0, payments.get(id) ?? 0];
    return there === here && there <= 1 ? [] : [`order ${id}: paid ${there} times at Stripe, booked ${here} times`];
  });
  const back = new Map<string, number>();
  for (const { payment_intent: intent, amount } of refunds) back.set(intent, (back.get(intent) ?? 0) + amount);
  for (const row of await scene.owner('SELECT paymentIntentId AS intent, returnedMinor AS returned FROM payment')) {
    const there = back.get(String(row['intent'])) ?? 0;
    if (there !== Number(row['returned']))
      faults.push(`payment ${row['intent']}: ${there} given back at Stripe, ${row['returned']} here`);
  }
  return faults;
}

/** Mails that are marked as sent were taken by the mail server, and it took none that nobody wrote. */
async function mailFaults(scene: Scene): Promise<{ faults: string[]; twice: number }> {
  const rows = await scene.owner(
    `SELECT n.publicId AS id, d.state FROM notice n JOIN notice_delivery d ON d.noticeId = n.id AND d.channel = 'mail'`,
  );
  const taken = new Map<string, number>();
  for (const { mail } of scene.smtp.taken) {
    const id = /<(\w+)@/.exec(mail.messageId ?? '')?.[1] ?? '';
    taken.set(id, (taken.get(id) ?? 0) + 1);
  }
  const known = new Set(rows.map(({ id }) => String(id)));
  const unsent = rows.filter(({ id, state }) => state === 'sent' && !taken.has(String(id)));
  return {
    faults: [
      ...unsent.map(({ id }) => `notice ${id}: marked as sent, and the mail server never had it`),
      ...[...taken.keys()].filter((id) => !known.has(id)).map((id) => `a mail of no notice: ${id}`),
    ],
    twice: [...taken.values()].filter((times) => times > 1).length,
  };
}

/** `stagedoor ledger verify`, as the operator runs it. */
async function proofFaults({ install }: Scene): Promise<string[]> {
  const proof = await install.cli(['ledger', 'verify']);
  return proof.code === 0 && proof.stderr === ''
    ? []
    : [`ledger verify ends with ${proof.code}: ${proof.stdout}${proof.stderr}`];
}

export type Books = { readonly faults: readonly string[]; readonly mailsTwice: number };

/**
 * Checks everything. `last`: nothing may be under way any more, deliveries of workers that died included. `proof`: with
 * `ledger verify`. Call it once the install has settled.
 */
export async function checkBooks(
  scene: Scene,
  how: { readonly last: boolean; readonly proof: boolean },
): Promise<Books> {
  const mails = await mailFaults(scene);
  const faults = [
    ...(how.proof ? await proofFaults(scene) : []),
    ...(await sqlFaults(scene.owner, how.last)),
    ...(await deedFaults(scene)),
    ...(await stripeFaults(scene)),
    ...mails.faults,
  ];
  return { faults, mailsTwice: mails.twice };
}
