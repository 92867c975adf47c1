CREATE TABLE `ledger_account` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `kind` VARCHAR(12) NOT NULL,
  `owner` VARCHAR(36) NOT NULL,
  `currency` VARCHAR(5) NOT NULL,
  `balance` BIGINT NOT NULL DEFAULT 0,
  `lastNumber` BIGINT NOT NULL DEFAULT 0,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `ledger_account_kind_owner_currency_key` (`kind`, `owner`, `currency`),
  -- The last line of defence: a wallet below zero cannot be written.
  CONSTRAINT `ledger_account_not_below_zero` CHECK (`kind` <> 'fan' OR `balance` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ledger_transfer` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `kind` VARCHAR(24) NOT NULL,
  `at` DATETIME(3) NOT NULL,
  `payerId` BIGINT NOT NULL,
  `payerNumber` BIGINT NULL,
  `payerBalance` BIGINT NULL,
  `idempotencyKey` VARCHAR(100) NOT NULL,
  `fingerprint` BINARY(32) NOT NULL,
  `reverses` CHAR(30) NULL,
  `channelId` BIGINT NULL,
  `showId` BIGINT NULL,
  `facts` TEXT NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ledger_transfer_publicId_key` (`publicId`),
  UNIQUE KEY `ledger_transfer_payerId_idempotencyKey_key` (`payerId`, `idempotencyKey`),
  UNIQUE KEY `ledger_transfer_payerId_payerNumber_key` (`payerId`, `payerNumber`),
  KEY `ledger_transfer_reverses_idx` (`reverses`),
  KEY `ledger_transfer_channelId_at_idx` (`channelId`, `at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ledger_entry` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `transferId` BIGINT NOT NULL,
  `line` INT NOT NULL,
  `accountId` BIGINT NOT NULL,
  `amount` BIGINT NOT NULL,
  `mac` BINARY(32) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ledger_entry_transferId_line_key` (`transferId`, `line`),
  KEY `ledger_entry_accountId_id_idx` (`accountId`, `id`),
  CONSTRAINT `ledger_entry_not_zero` CHECK (`amount` <> 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `notice` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `event` VARCHAR(40) NOT NULL,
  `dedupeKey` VARCHAR(100) NOT NULL,
  `recipient` VARCHAR(254) NOT NULL,
  `userId` VARCHAR(36) NULL,
  `email` VARCHAR(254) NULL,
  `language` VARCHAR(5) NOT NULL,
  `data` TEXT NOT NULL,
  `notBefore` DATETIME(3) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `readAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `notice_publicId_key` (`publicId`),
  UNIQUE KEY `notice_recipient_event_dedupeKey_key` (`recipient`, `event`, `dedupeKey`),
  KEY `notice_userId_id_idx` (`userId`, `id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `notice_delivery` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `noticeId` BIGINT NOT NULL,
  `channel` VARCHAR(12) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  `attempts` INT NOT NULL DEFAULT 0,
  `nextAt` DATETIME(3) NOT NULL,
  `sentAt` DATETIME(3) NULL,
  `lastError` VARCHAR(300) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `notice_delivery_noticeId_channel_key` (`noticeId`, `channel`),
  KEY `notice_delivery_state_nextAt_idx` (`state`, `nextAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
