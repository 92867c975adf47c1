/** Bugs to plant in the shipped source as it is loaded; where a place is not there any more, write the bug anew. */
import { type Bug, edit } from './bug.ts';
import { AMOUNTS } from './bugs-amounts.ts';

const LOCKS_WALLET = edit('spending/store.ts', '`${WALLET} FOR UPDATE`', 'WALLET');
const BOOK = 'const row = order.payer ? await lockedAccount(tx, order.payer) : null;';
const INSERT = `INSERT INTO ledger_transfer (publicId, kind, at, payerId, payerNumber, payerBalance, idempotencyKey, fingerprint,
         reverses, channelId, showId, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);`;
const TRANSFER = `...[t.publicId, t.kind, t.at, t.payerId, t.payerNumber, t.payerBalance, t.idempotencyKey, t.fingerprint],
      ...[t.reverses, t.channelId, t.showId, t.facts],`;
const WRITE = 'export function write(tx: Tx,';

const LOCKING: readonly Bug[] = [
  {
    name: 'no-lock',
    what: 'the payer is not locked',
    edits: [
      LOCKS_WALLET,
      edit('wallet/store.ts', '`${LOCK} id = ? FOR UPDATE`', '`${LOCK} id = ?`'),
      edit(
        'wallet/store.ts',
        '`${LOCK} kind = ? AND owner = ? AND currency = ? FOR UPDATE`',
        '`${LOCK} kind = ? AND owner = ? AND currency = ?`',
      ),
    ],
  },
  {
    name: 'key-first',
    what: 'the key is looked up before the lock, and not again',
    edits: [
      LOCKS_WALLET,
      edit(
        'wallet/book.ts',
        BOOK,
        `const known = order.payer ? await store.findId(tx, order.payer) : 0;
         const before = known === null ? null : await store.earlier(tx, known, order.key);
         ${BOOK}`,
      ),
      edit(
        'wallet/book.ts',
        'const first = await store.earlier(tx, row?.id ?? 0, order.key);',
        'const first = before;',
      ),
    ],
  },
  {
    name: 'stale-balance',
    what: 'the balance is read before the lock',
    edits: [
      LOCKS_WALLET,
      edit('wallet/book.ts', BOOK, `const stale = order.payer ? await store.kept(tx, order.payer) : 0n; ${BOOK}`),
      edit(
        'wallet/book.ts',
        'order.payer && row ? await standingOf(tx, order.payer, row) : null;',
        `order.payer && row ? await standingOf(tx, order.payer, rules.keepsBalance(order.payer.kind) ? { ...row, balance: Number(stale) } : row) : null;`,
      ),
    ],
  },
  {
    name: 'receiver-lost-update',
    what: "a receiver's balance is read, added to and written, without its lock",
    edits: [
      edit(
        'wallet/book.ts',
        'if (!isPayer && rules.keepsBalance(account.kind)) await lockedAccount(tx, account);',
        'void isPayer;',
      ),
      edit('wallet/store.ts', WRITE, `export async function write(tx: Tx,`),
      edit(
        'wallet/store.ts',
        'return tx.bulk(',
        `const read: (bigint | number)[] = [];
         for (const { accountId, amount } of added) {
           const row = await tx.row<{ balance: number }>('SELECT balance FROM ledger_account WHERE id = ?', [accountId]);
           read.push(BigInt(row?.balance ?? 0) + amount, accountId);
         }
         return tx.bulk(`,
      ),
      edit('wallet/store.ts', 'SET balance = balance + ? WHERE id', 'SET balance = ? WHERE id'),
      edit('wallet/store.ts', '...added.flatMap(({ accountId, amount }) => [amount, accountId]),', '...read,'),
    ],
  },
  {
    name: 'seat-without-lock',
    what: 'the seats of a show are counted without its lock',
    edits: [
      edit(
        'access/tickets-store.ts',
        'SELECT id FROM live_show WHERE publicId = ? FOR UPDATE',
        'SELECT id FROM live_show WHERE publicId = ?',
      ),
    ],
  },
  {
    name: 'code-without-lock',
    what: 'the seats of a channel are counted without its lock',
    edits: [edit('channels/store.ts', 'FROM channel WHERE id = ? FOR UPDATE', 'FROM channel WHERE id = ?')],
  },
  {
    name: 'refund-without-lock',
    what: 'two refunds of one payment do not wait for each other',
    edits: [edit('payments/store.ts', '`${PAYMENT} WHERE id = ? FOR UPDATE`', '`${PAYMENT} WHERE id = ?`')],
  },
];

const BOOKING: readonly Bug[] = [
  {
    name: 'fingerprint-ignored',
    what: 'the same key with another request is answered as a repeat',
    edits: [
      edit(
        'wallet/book.ts',
        "if (!earlier.fingerprint.equals(wanted)) throw new AppError('wallet.key_reused');",
        'void wanted;',
      ),
    ],
  },
  {
    name: 'number-stays',
    what: "the payer's number does not move on",
    edits: [edit('wallet/book.ts', 'lastNumber: payerNumber }', 'lastNumber: payer.row.lastNumber }')],
  },
  {
    name: 'number-gap',
    what: 'now and then a number is left out',
    edits: [
      edit(
        'wallet/book.ts',
        'lastNumber: payerNumber }',
        'lastNumber: payerNumber % 5 === 4 ? payerNumber + 1 : payerNumber }',
      ),
    ],
  },
  {
    name: 'commit-before-entries',
    what: 'a transfer is committed before its entries are written',
    edits: [
      edit('wallet/store.ts', WRITE, 'export async function write(tx: Tx,'),
      edit('wallet/store.ts', INSERT, ''),
      edit('wallet/store.ts', TRANSFER, ''),
      edit('wallet/store.ts', '(LAST_INSERT_ID(), ?, ?, ?, ?)', '(?, ?, ?, ?, ?)'),
      edit(
        'wallet/store.ts',
        '[e.line, e.accountId, e.amount, e.mac]',
        '[insertId, e.line, e.accountId, e.amount, e.mac]',
      ),
      edit(
        'wallet/store.ts',
        'return tx.bulk(',
        `const { insertId } = await tx.run(\`${INSERT.replace(';', '')}\`, [${TRANSFER}]);
         await tx.list('COMMIT', []);
         return tx.bulk(`,
      ),
    ],
  },
  {
    name: 'outbox-outside',
    what: "a code's mail is written after the transaction",
    edits: [
      edit(
        'payments/fulfil.ts',
        'handOverCode(tx: Tx, { config }: Payments,',
        'handOverCode(tx: Tx, { config, db }: Payments,',
      ),
      edit(
        'payments/fulfil.ts',
        "await addNotice(tx, { event: 'code.issued', key: code.id, to, data: { codeId: code.id } });",
        `tx.afterCommit(() => {
           db.transaction((late) => addNotice(late, { event: 'code.issued', key: code.id, to, data: { codeId: code.id } })).catch(() => undefined);
         });`,
      ),
    ],
  },
];

const LOST_BEFORE = `return commandOnce(db, { payer: money.fan(sent.user.userId), key }, (tx) => book(tx, config, { ...sent, key }));`;

const REPEATS: readonly Bug[] = [
  {
    name: 'event-twice',
    what: 'an event that comes again is carried out again',
    edits: [
      edit(
        'payments/payments.ts',
        'throw isDuplicate(error) ? new AlreadySeen() : error;',
        'if (!isDuplicate(error)) throw error;',
      ),
      edit('payments/settle.ts', "if (await billing.hasEvent(ctx.db, seen.id)) return 'duplicate';", ''),
      edit(
        'payments/settle.ts',
        '(await store.paymentOfCheckout(tx, row.id)) ?? (await fulfilCheckout',
        '(await fulfilCheckout',
      ),
      edit('payments/settle.ts', 'key: `checkout:${session.id}`', 'key: `checkout:${session.id}:${row.version}`'),
    ],
  },
  {
    name: 'old-answer-wins',
    what: 'what Stripe said before is written over what it says now',
    edits: [
      edit('payments/settle.ts', 'row.version !== read.row.version', 'row.version < 0'),
      edit('payments/subscriptions.ts', 'row.version !== known.version', 'row.version < 0'),
    ],
  },
  {
    name: 'won-leaves-no-mark',
    what: 'a dispute that was won before we heard of it leaves no mark, and an older answer is written after it',
    edits: [
      edit('payments/settle.ts', 'changed || after.moved ||', 'changed ||'),
      edit('payments/subscriptions.ts', '!isSame(row, now) || moved', '!isSame(row, now) || (moved && false)'),
    ],
  },
  {
    name: 'sold-out-to-its-buyer',
    what: 'a double click on the last seat is told that it is gone',
    edits: [edit('payments/checkout.ts', 'isDuplicate(error) || error instanceof AppError', 'isDuplicate(error)')],
  },
  {
    name: 'new-key-after-unknown',
    what: 'after a lost commit a tip is sent again under another key',
    edits: [
      edit(
        'tips/service.ts',
        LOST_BEFORE,
        `return db.transaction((tx) => book(tx, config, { ...sent, key })).catch((error: { code?: string }) => {
           if (error.code !== 'COMMIT_UNKNOWN') throw error;
           void commandOnce;
           return db.transaction((tx) => book(tx, config, { ...sent, key: \`\${key}-again\` }));
         });`,
      ),
    ],
  },
  {
    name: 'deadlock-not-retried',
    what: 'a transaction that the database undid is not run again',
    edits: [edit('platform/db.ts', 'new Set([1020, 1205, 1213])', 'new Set([1020, 1205])')],
  },
];

export const BUGS: readonly Bug[] = [...LOCKING, ...AMOUNTS, ...BOOKING, ...REPEATS];
