-- Who may watch: a comma-separated list of everybody, code, ticket, membership.
ALTER TABLE `channel`
  ADD COLUMN `audience` VARCHAR(40) NOT NULL DEFAULT 'code';

ALTER TABLE `live_show`
  ADD COLUMN `audience` VARCHAR(40) NOT NULL DEFAULT 'code',
  ADD COLUMN `ticketPrice` BIGINT NULL,
  ADD COLUMN `ticketsSold` INT NOT NULL DEFAULT 0,
  ADD COLUMN `replayReadyAt` DATETIME(3) NULL,
  ADD KEY `live_show_state_openedAt_ticketsSold_idx` (`state`, `openedAt`, `ticketsSold`),
  ADD CONSTRAINT `live_show_tickets_not_below_zero` CHECK (`ticketsSold` >= 0);

CREATE TABLE `ticket` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `showId` BIGINT NOT NULL,
  `channelId` BIGINT NOT NULL,
  `userId` VARCHAR(36) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  -- The fan while the ticket is valid: one a fan and show, and after a refund another one may be bought.
  `heldBy` VARCHAR(36) GENERATED ALWAYS AS (IF(`state` = 'valid', `userId`, NULL)) STORED,
  `priceTokens` BIGINT NOT NULL,
  `replayOnly` BOOLEAN NOT NULL,
  `transferId` CHAR(30) NOT NULL,
  `boughtAt` DATETIME(3) NOT NULL,
  `refundTransferId` CHAR(30) NULL,
  `refundReason` VARCHAR(200) NULL,
  `refundedAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ticket_publicId_key` (`publicId`),
  UNIQUE KEY `ticket_transferId_key` (`transferId`),
  UNIQUE KEY `ticket_showId_heldBy_key` (`showId`, `heldBy`),
  KEY `ticket_showId_state_id_idx` (`showId`, `state`, `id`),
  KEY `ticket_userId_id_idx` (`userId`, `id`),
  CONSTRAINT `ticket_showId_fkey` FOREIGN KEY (`showId`) REFERENCES `live_show` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `membership` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `userId` VARCHAR(36) NOT NULL,
  `channelId` BIGINT NOT NULL,
  `subscriptionId` CHAR(30) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  `until` DATETIME(3) NOT NULL,
  `startedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `endedAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `membership_subscriptionId_key` (`subscriptionId`),
  KEY `membership_userId_channelId_idx` (`userId`, `channelId`),
  KEY `membership_channelId_endedAt_idx` (`channelId`, `endedAt`),
  CONSTRAINT `membership_channelId_fkey` FOREIGN KEY (`channelId`) REFERENCES `channel` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `tip` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `transferId` CHAR(30) NOT NULL,
  `channelId` BIGINT NOT NULL,
  `showId` BIGINT NULL,
  `fromUserId` VARCHAR(36) NOT NULL,
  `fromName` VARCHAR(80) NOT NULL,
  `amountTokens` BIGINT NOT NULL,
  `creatorTokens` BIGINT NOT NULL,
  `message` VARCHAR(200) NULL,
  `at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `tip_publicId_key` (`publicId`),
  UNIQUE KEY `tip_transferId_key` (`transferId`),
  KEY `tip_channelId_id_idx` (`channelId`, `id`),
  KEY `tip_channelId_at_idx` (`channelId`, `at`),
  KEY `tip_showId_id_idx` (`showId`, `id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `spending_limit` (
  `userId` VARCHAR(36) NOT NULL,
  `monthlyTokens` BIGINT NULL,
  `pendingTokens` BIGINT NULL,
  `pendingFrom` DATETIME(3) NULL,
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`userId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- What an account paid in cash in a month.
ALTER TABLE `payment` ADD KEY `payment_userId_createdAt_idx` (`userId`, `createdAt`);
