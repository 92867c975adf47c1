-- Balances of creators and the house: a checkpoint up to a transfer below which nothing can commit any more.
ALTER TABLE `ledger_account`
  ADD COLUMN `settledTo` BIGINT NOT NULL DEFAULT 0 AFTER `lastNumber`,
  DROP CONSTRAINT `ledger_account_not_below_zero`,
  -- The last line of defence: what we owe cannot be written below zero, what is owed to us not above.
  ADD CONSTRAINT `ledger_account_floor` CHECK (
    (`kind` NOT IN ('fan', 'payout') OR `balance` >= 0) AND (`kind` <> 'debt' OR `balance` <= 0)
  );

-- Holds all that a sum over an account's entries needs.
ALTER TABLE `ledger_entry`
  DROP INDEX `ledger_entry_accountId_id_idx`,
  ADD INDEX `ledger_entry_accountId_transferId_amount_idx` (`accountId`, `transferId`, `amount`);

CREATE TABLE `ledger_seal` (
  `id` BIGINT NOT NULL,
  `at` DATETIME(3) NOT NULL,
  `items` INT NOT NULL,
  `root` BINARY(32) NOT NULL,
  `previous` BINARY(32) NOT NULL,
  `highest` BIGINT NOT NULL,
  `settled` BIGINT NOT NULL,
  `mac` BINARY(32) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ledger_seal_item` (
  `transferId` BIGINT NOT NULL,
  `sealId` BIGINT NOT NULL,
  `position` INT NOT NULL,
  `leaf` BINARY(32) NOT NULL,
  PRIMARY KEY (`transferId`),
  UNIQUE KEY `ledger_seal_item_sealId_position_key` (`sealId`, `position`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
