-- What a wallet transfer cannot do without: lock the payer, 1 transfer, 3 entries, 1 update, commit.
-- Frozen: `npm run bench -- ledger` measures the shipped ledger beside it. Columns are those of the ledger; there are
-- no secondary indexes, no checks, no idempotency, and the values are ready-made.

-- name: account
CREATE TABLE base_account (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(12) NOT NULL, owner VARCHAR(36) NOT NULL,
  currency VARCHAR(5) NOT NULL, balance BIGINT NOT NULL, lastNumber BIGINT NOT NULL, settledTo BIGINT NOT NULL,
  createdAt DATETIME(3) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- name: transfer
CREATE TABLE base_transfer (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, publicId CHAR(30) NOT NULL, kind VARCHAR(24) NOT NULL,
  at DATETIME(3) NOT NULL, payerId BIGINT NOT NULL, payerNumber BIGINT NULL, payerBalance BIGINT NULL,
  idempotencyKey VARCHAR(100) NOT NULL, fingerprint BINARY(32) NOT NULL, reverses CHAR(30) NULL,
  channelId BIGINT NULL, showId BIGINT NULL, facts TEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- name: entry
CREATE TABLE base_entry (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, transferId BIGINT NOT NULL, line INT NOT NULL,
  accountId BIGINT NOT NULL, amount BIGINT NOT NULL, mac BINARY(32) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- name: lock
SELECT id, balance, lastNumber, UTC_TIMESTAMP(3) AS now FROM base_account WHERE id = ? FOR UPDATE;

-- name: addTransfer
INSERT INTO base_transfer (publicId, kind, at, payerId, payerNumber, payerBalance, idempotencyKey, fingerprint,
  reverses, channelId, showId, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: addEntries
INSERT INTO base_entry (transferId, line, accountId, amount, mac)
VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?), (?, ?, ?, ?, ?);

-- name: update
UPDATE base_account SET balance = ?, lastNumber = ? WHERE id = ?;
