/** What somebody could do who has the ledger's key and the database: rewrite a transfer with true signatures. */
import { makeSigner, type SignedTransfer } from '../../server/src/wallet/proofs.ts';
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
