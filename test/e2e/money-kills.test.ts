/** A short, seeded part of `npm run drill -- money`: every named point once, then the books; and the checker sees faults. */
import { expect, test } from 'vitest';
import { checkBooks } from '../../drill/money/books.ts';
import { planOf } from '../../drill/money/plan.ts';
import type { Scene } from '../../drill/money/scene.ts';
import { type Drilled, drillMoney } from '../../drill/money.ts';
import { tableOf } from '../../drill/report.ts';

const SEED = 20261121;

/** What the checker says without the ledger's proof; with it where `proof` is set. */
const faultsOf = async (scene: Scene, proof = false) => (await checkBooks(scene, { last: true, proof })).faults;

/** Spoils the books, looks, and repairs them. Returns what the checker named. */
async function spoilt(scene: Scene, spoil: string, repair: string, proof = false): Promise<readonly string[]> {
  const [first] = await scene.owner('SELECT MIN(id) AS id FROM access_code WHERE issuedBy LIKE ?', ['chk\\_%']);
  const say = (text: string) => scene.owner(text.replaceAll(':code', String(first?.['id'])));
  await say(spoil);
  const faults = await faultsOf(scene, proof);
  await say(repair);
  return faults;
}

async function expectCheckerSees(scene: Scene): Promise<void> {
  const lastTip = '(SELECT id FROM (SELECT MAX(id) AS id FROM notice WHERE event = "tip.received") n)';
  const renamed = await spoilt(
    scene,
    `UPDATE notice SET event = 'tip.gone' WHERE id = ${lastTip}`,
    "UPDATE notice SET event = 'tip.received' WHERE event = 'tip.gone'",
  );
  expect(renamed.join()).toMatch(/somebody was not told: .*tip_/);
  const changed = await spoilt(
    scene,
    'UPDATE ledger_entry SET amount = amount + 1 WHERE id = 5',
    'UPDATE ledger_entry SET amount = amount - 1 WHERE id = 5',
    true,
  );
  expect(changed.join()).toMatch(/ledger verify ends with 1.*a transfer does not balance.*a currency does not sum/s);
  const doubled = await spoilt(
    scene,
    `INSERT INTO access_code (publicId, channelId, lookup, sealed, issuedBy, expiresAt)
     SELECT 'cod_copy', channelId, REVERSE(lookup), sealed, issuedBy, expiresAt FROM access_code WHERE id = :code`,
    "DELETE FROM access_code WHERE publicId = 'cod_copy'",
  );
  expect(doubled.join()).toMatch(/a paid code is not there once.*paid, and 2 codes are there/s);
  const forgotten = await spoilt(
    scene,
    "UPDATE checkout SET state = 'open' WHERE codeId = (SELECT publicId FROM access_code WHERE id = :code)",
    "UPDATE checkout SET state = 'paid' WHERE codeId = (SELECT publicId FROM access_code WHERE id = :code)",
  );
  expect(forgotten.join()).toMatch(/a paid order has not one payment/);
  expect(await faultsOf(scene, true)).toEqual([]);
}

test('the same seed gives the same plan, each point in it', () => {
  expect(planOf(SEED, 3, false)).toEqual(planOf(SEED, 3, false));
  expect(planOf(SEED, 3, false)).not.toEqual(planOf(SEED + 1, 3, false));
  expect(planOf(SEED, 3, false)).toHaveLength(69);
  expect(new Set(planOf(SEED, 1, true).map(({ point }) => point)).size).toBe(11);
});

test('killed at every named point under sales: nothing acknowledged is lost, nothing is there twice', async () => {
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  let seen = false;
  const drilled: Drilled = await drillMoney({ seed: SEED, rounds: 1, short: true, say }, async (scene) => {
    await expectCheckerSees(scene);
    seen = true;
  });
  const report = `${lines.join('\n')}\n${tableOf(drilled)}`;
  expect(drilled.faults, report).toEqual([]);
  expect(
    drilled.outcomes.filter(({ faults, reached }) => !reached || faults.length > 0),
    report,
  ).toEqual([]);
  expect(drilled.acknowledged).toBeGreaterThan(50);
  expect(seen).toBe(true);
}, 240_000);
