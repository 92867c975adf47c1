-- Accounts (the tables that better-auth reads and writes), channels, keys, shows, access codes.
-- Every instant is UTC. Ids that leave the server are `publicId`s; `id` never does.

CREATE TABLE `user` (
  `id` VARCHAR(36) NOT NULL,
  `name` VARCHAR(80) NOT NULL,
  `email` VARCHAR(254) NOT NULL,
  `emailVerified` BOOLEAN NOT NULL DEFAULT FALSE,
  `image` VARCHAR(500) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `user_email_key` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `session` (
  `id` VARCHAR(36) NOT NULL,
  `userId` VARCHAR(36) NOT NULL,
  `token` VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  `expiresAt` DATETIME(3) NOT NULL,
  `ipAddress` VARCHAR(64) NULL,
  `userAgent` VARCHAR(500) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `session_token_key` (`token`),
  KEY `session_userId_idx` (`userId`),
  CONSTRAINT `session_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `user` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `account` (
  `id` VARCHAR(36) NOT NULL,
  `accountId` VARCHAR(64) NOT NULL,
  `providerId` VARCHAR(64) NOT NULL,
  `userId` VARCHAR(36) NOT NULL,
  `accessToken` TEXT NULL,
  `refreshToken` TEXT NULL,
  `idToken` TEXT NULL,
  `accessTokenExpiresAt` DATETIME(3) NULL,
  `refreshTokenExpiresAt` DATETIME(3) NULL,
  `scope` VARCHAR(500) NULL,
  `password` VARCHAR(255) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `account_providerId_accountId_key` (`providerId`, `accountId`),
  KEY `account_userId_idx` (`userId`),
  CONSTRAINT `account_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `user` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `verification` (
  `id` VARCHAR(36) NOT NULL,
  `identifier` VARCHAR(254) NOT NULL,
  `value` TEXT NOT NULL,
  `expiresAt` DATETIME(3) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  KEY `verification_identifier_idx` (`identifier`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `channel` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `slug` VARCHAR(40) NOT NULL,
  `name` VARCHAR(80) NOT NULL,
  `bio` VARCHAR(2000) NOT NULL DEFAULT '',
  `listed` BOOLEAN NOT NULL DEFAULT TRUE,
  `ownerId` VARCHAR(36) NOT NULL,
  `codePrefix` VARCHAR(4) NOT NULL DEFAULT 'PLI',
  `codeHours` INT NOT NULL DEFAULT 8,
  `codeSymbols` INT NOT NULL DEFAULT 9,
  `maxDevices` INT NOT NULL DEFAULT 2,
  `graceSeconds` INT NULL,
  `goLiveMode` VARCHAR(10) NOT NULL DEFAULT 'auto',
  `viewerLimit` INT NOT NULL DEFAULT 100,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `channel_publicId_key` (`publicId`),
  UNIQUE KEY `channel_slug_key` (`slug`),
  KEY `channel_ownerId_idx` (`ownerId`),
  CONSTRAINT `channel_ownerId_fkey` FOREIGN KEY (`ownerId`) REFERENCES `user` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `live_show` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `channelId` BIGINT NOT NULL,
  `activeChannelId` BIGINT GENERATED ALWAYS AS
    (IF(`state` IN ('starting', 'preview', 'live', 'paused', 'reconnecting'), `channelId`, NULL)) STORED,
  `title` VARCHAR(120) NULL,
  `location` VARCHAR(120) NULL,
  `estimatedMinutes` INT NULL,
  `state` VARCHAR(12) NOT NULL,
  `version` INT NOT NULL DEFAULT 1,
  `goLiveMode` VARCHAR(10) NOT NULL,
  `viewerLimit` INT NOT NULL,
  `graceSeconds` INT NOT NULL,
  `startsAt` DATETIME(3) NULL,
  `startedAt` DATETIME(3) NULL,
  `openedAt` DATETIME(3) NULL,
  `endedAt` DATETIME(3) NULL,
  `endReason` VARCHAR(30) NULL,
  `stateSince` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `reconnectingSince` DATETIME(3) NULL,
  `ingestState` VARCHAR(12) NULL,
  `ingestKeyId` CHAR(30) NULL,
  `ingestInput` TEXT NULL,
  `viewers` INT NOT NULL DEFAULT 0,
  `peakViewers` INT NOT NULL DEFAULT 0,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `live_show_publicId_key` (`publicId`),
  UNIQUE KEY `live_show_activeChannelId_key` (`activeChannelId`),
  KEY `live_show_channelId_state_idx` (`channelId`, `state`),
  KEY `live_show_state_startsAt_idx` (`state`, `startsAt`),
  CONSTRAINT `live_show_channelId_fkey` FOREIGN KEY (`channelId`) REFERENCES `channel` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stream_key` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `channelId` BIGINT NOT NULL,
  `showId` BIGINT NULL,
  `label` VARCHAR(80) NOT NULL,
  `keyHash` CHAR(64) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `lastUsedAt` DATETIME(3) NULL,
  `revokedAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `stream_key_publicId_key` (`publicId`),
  UNIQUE KEY `stream_key_keyHash_key` (`keyHash`),
  KEY `stream_key_channelId_idx` (`channelId`),
  KEY `stream_key_showId_idx` (`showId`),
  CONSTRAINT `stream_key_channelId_fkey` FOREIGN KEY (`channelId`) REFERENCES `channel` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT `stream_key_showId_fkey` FOREIGN KEY (`showId`) REFERENCES `live_show` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `viewer_session` (
  `sessionId` VARCHAR(64) NOT NULL,
  `showId` BIGINT NOT NULL,
  `viewer` VARCHAR(64) NOT NULL,
  `device` VARCHAR(64) NOT NULL,
  `joinedAt` DATETIME(3) NOT NULL,
  `leftAt` DATETIME(3) NULL,
  PRIMARY KEY (`sessionId`),
  KEY `viewer_session_showId_leftAt_idx` (`showId`, `leftAt`),
  KEY `viewer_session_leftAt_idx` (`leftAt`),
  CONSTRAINT `viewer_session_showId_fkey` FOREIGN KEY (`showId`) REFERENCES `live_show` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `ingest_refusal` (
  `refusalId` VARCHAR(64) NOT NULL,
  `channelId` BIGINT NULL,
  `keyHashPrefix` VARCHAR(8) NULL,
  `reason` VARCHAR(40) NOT NULL,
  `address` VARCHAR(64) NOT NULL,
  `at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`refusalId`),
  KEY `ingest_refusal_channelId_at_idx` (`channelId`, `at`),
  KEY `ingest_refusal_at_idx` (`at`),
  CONSTRAINT `ingest_refusal_channelId_fkey` FOREIGN KEY (`channelId`) REFERENCES `channel` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `media_report` (
  `id` INT NOT NULL,
  `bootId` VARCHAR(64) NOT NULL,
  `sequence` BIGINT NOT NULL,
  `at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The row that serialises reports; no boot of media has an empty id.
INSERT INTO `media_report` (`id`, `bootId`, `sequence`, `at`) VALUES (1, '', 0, '2000-01-01 00:00:00.000');

CREATE TABLE `access_code` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `channelId` BIGINT NOT NULL,
  `lookup` BINARY(32) NOT NULL,
  `sealed` VARBINARY(60) NOT NULL,
  `label` VARCHAR(80) NULL,
  `email` VARCHAR(254) NULL,
  `issuedBy` VARCHAR(64) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `expiresAt` DATETIME(3) NOT NULL,
  `expiredMarkedAt` DATETIME(3) NULL,
  `revokedAt` DATETIME(3) NULL,
  `lastUsedAt` DATETIME(3) NULL,
  `usageCount` INT NOT NULL DEFAULT 0,
  `lastAddress` VARCHAR(64) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `access_code_publicId_key` (`publicId`),
  UNIQUE KEY `access_code_lookup_key` (`lookup`),
  KEY `access_code_channelId_expiresAt_idx` (`channelId`, `expiresAt`),
  KEY `access_code_expiredMarkedAt_expiresAt_idx` (`expiredMarkedAt`, `expiresAt`),
  CONSTRAINT `access_code_channelId_fkey` FOREIGN KEY (`channelId`) REFERENCES `channel` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `code_device` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `codeId` BIGINT NOT NULL,
  `deviceHash` BINARY(32) NOT NULL,
  `firstUsedAt` DATETIME(3) NOT NULL,
  `lastUsedAt` DATETIME(3) NOT NULL,
  `displacedAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `code_device_codeId_deviceHash_key` (`codeId`, `deviceHash`),
  KEY `code_device_deviceHash_idx` (`deviceHash`),
  CONSTRAINT `code_device_codeId_fkey` FOREIGN KEY (`codeId`) REFERENCES `access_code` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `code_usage` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `codeId` BIGINT NOT NULL,
  `deviceHash` BINARY(32) NOT NULL,
  `address` VARCHAR(64) NOT NULL,
  `at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `code_usage_codeId_idx` (`codeId`),
  CONSTRAINT `code_usage_codeId_fkey` FOREIGN KEY (`codeId`) REFERENCES `access_code` (`id`) ON DELETE RESTRICT ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `audit_event` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `at` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `kind` VARCHAR(40) NOT NULL,
  `actor` VARCHAR(64) NOT NULL,
  `subject` VARCHAR(64) NOT NULL,
  `address` VARCHAR(64) NULL,
  `details` TEXT NULL,
  PRIMARY KEY (`id`),
  KEY `audit_event_subject_idx` (`subject`),
  KEY `audit_event_kind_at_idx` (`kind`, `at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
