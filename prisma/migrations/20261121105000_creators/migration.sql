-- Payouts to creators, each with its state; what it moves stands in the ledger.
CREATE TABLE `payout` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `userId` VARCHAR(36) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  `currency` VARCHAR(5) NOT NULL,
  `amount` BIGINT NOT NULL,
  `cashMinor` BIGINT NOT NULL,
  `cashCurrency` VARCHAR(5) NOT NULL,
  `payoutRate` INT NULL,
  `method` VARCHAR(8) NULL,
  `mode` VARCHAR(8) NULL,
  `destination` VARCHAR(255) NULL,
  `sends` INT NOT NULL DEFAULT 0,
  `stripeTransferId` VARCHAR(255) NULL,
  `reference` VARCHAR(200) NULL,
  `reason` VARCHAR(200) NULL,
  `problem` VARCHAR(200) NULL,
  `holdTransferId` CHAR(30) NOT NULL,
  `endTransferId` CHAR(30) NULL,
  `requestedAt` DATETIME(3) NOT NULL,
  `approvedAt` DATETIME(3) NULL,
  `nextAt` DATETIME(3) NULL,
  `doneAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `payout_publicId_key` (`publicId`),
  UNIQUE KEY `payout_holdTransferId_key` (`holdTransferId`),
  UNIQUE KEY `payout_endTransferId_key` (`endTransferId`),
  UNIQUE KEY `payout_stripeTransferId_key` (`stripeTransferId`),
  KEY `payout_userId_id_idx` (`userId`, `id`),
  KEY `payout_state_id_idx` (`state`, `id`),
  CONSTRAINT `payout_is_something` CHECK (`amount` > 0 AND `cashMinor` > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Accounts of creators at Stripe, as Stripe last told.
CREATE TABLE `connect_account` (
  `userId` VARCHAR(36) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `accountId` VARCHAR(255) NOT NULL,
  `ready` BOOLEAN NOT NULL DEFAULT FALSE,
  `version` INT NOT NULL DEFAULT 0,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `checkedAt` DATETIME(3) NULL,
  PRIMARY KEY (`userId`, `mode`),
  UNIQUE KEY `connect_account_accountId_key` (`accountId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
