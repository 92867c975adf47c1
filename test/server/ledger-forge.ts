/** What somebody could do who has the ledger's key and the database: write rows with true signatures. */
import { createHash } from 'node:crypto';
import {
  hashOfSeal,
  macOfSeal,
  makeSigner,
  type SealBody,
  type SignedTransfer,
} from '../../server/src/wallet/proofs.ts';
import type { TestStack } from '../kit/db.ts';

/** Changes every amount of a transfer and signs its lines anew. */
export async function forge(stack: TestStack, key: string, transferId: number, change: (amount: bigint) => bigint) {
  const [row] = await stack.owner('SELECT * FROM ledger_transfer WHERE id = ?', [transferId]);
  const lines = await stack.owner(
    `SELECT e.*, CONCAT(a.kind, ':', a.owner, ':', a.currency) AS account FROM ledger_entry e
     JOIN ledger_account a ON a.id = e.accountId WHERE e.transferId = ? ORDER BY e.line`,
    [transferId],
  );
  const transfer = row as unknown as SignedTransfer;
  const sign = makeSigner(key, transfer, lines.length);
  for (const { id, line, accountId, account, amount } of lines) {
    const changed = change(BigInt(Number(amount)));
    const mac = sign({ line: Number(line), accountId: Number(accountId), account: String(account), amount: changed });
    await stack.owner('UPDATE ledger_entry SET amount = ?, mac = ? WHERE id = ?', [changed, mac, id]);
  }
}

/** Adds a seal whose settled mark is the highest id that was ever given, as if the sealer had been wrong. */
export async function forgeSettled(stack: TestStack, key: string) {
  const [last] = (await stack.owner('SELECT * FROM ledger_seal ORDER BY id DESC LIMIT 1')) as unknown as SealBody[];
  if (!last) throw new Error('no seal');
  const root = createHash('sha256').digest();
  const at = new Date(last.at.getTime() + 1);
  const seal = {
    id: last.id + 1,
    at,
    items: 0,
    root,
    previous: hashOfSeal(last),
    highest: last.highest,
    settled: last.highest,
  };
  await stack.owner('INSERT INTO ledger_seal SET ?', [{ ...seal, mac: macOfSeal(key, seal) }]);
}
