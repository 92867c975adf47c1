ALTER TABLE `channel`
  ADD COLUMN `codePriceMinor` INT NULL,
  ADD COLUMN `membershipPriceMinor` INT NULL,
  ADD COLUMN `creatorBps` INT NOT NULL DEFAULT 8000;

ALTER TABLE `access_code`
  ADD COLUMN `startsAt` DATETIME(3) NULL,
  ADD KEY `access_code_email_expiresAt_idx` (`email`, `expiresAt`);

CREATE TABLE `checkout` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `kind` VARCHAR(12) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  `version` INT NOT NULL DEFAULT 0,
  `requestKey` VARCHAR(110) NOT NULL,
  `fingerprint` BINARY(32) NOT NULL,
  `channelId` BIGINT NULL,
  `userId` VARCHAR(36) NULL,
  `email` VARCHAR(254) NULL,
  `whatsapp` VARCHAR(20) NULL,
  `language` VARCHAR(5) NOT NULL,
  `amountMinor` BIGINT NOT NULL,
  `currency` VARCHAR(5) NOT NULL,
  `creatorBps` INT NOT NULL,
  `tokens` BIGINT NULL,
  `plan` VARCHAR(40) NULL,
  `startsAt` DATETIME(3) NULL,
  `returnTo` VARCHAR(300) NOT NULL,
  `consentAt` DATETIME(3) NULL,
  `stripeSessionId` VARCHAR(255) NULL,
  `checkoutUrl` TEXT NULL,
  `stripeCustomerId` VARCHAR(255) NULL,
  `paymentIntentId` VARCHAR(255) NULL,
  `method` VARCHAR(40) NULL,
  `codeId` CHAR(30) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `expiresAt` DATETIME(3) NOT NULL,
  `paidAt` DATETIME(3) NULL,
  `closedAt` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `checkout_publicId_key` (`publicId`),
  UNIQUE KEY `checkout_requestKey_key` (`requestKey`),
  UNIQUE KEY `checkout_stripeSessionId_key` (`stripeSessionId`),
  UNIQUE KEY `checkout_codeId_key` (`codeId`),
  KEY `checkout_paymentIntentId_idx` (`paymentIntentId`),
  KEY `checkout_mode_state_createdAt_idx` (`mode`, `state`, `createdAt`),
  KEY `checkout_userId_kind_state_idx` (`userId`, `kind`, `state`),
  KEY `checkout_email_idx` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `payment` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `mode` VARCHAR(8) NOT NULL,
  `kind` VARCHAR(12) NOT NULL,
  `checkoutId` BIGINT NULL,
  `subscriptionId` BIGINT NULL,
  `paymentIntentId` VARCHAR(255) NULL,
  `invoiceId` VARCHAR(255) NULL,
  `channelId` BIGINT NULL,
  `userId` VARCHAR(36) NULL,
  `email` VARCHAR(254) NULL,
  `amountMinor` BIGINT NOT NULL,
  `currency` VARCHAR(5) NOT NULL,
  `tokens` BIGINT NULL,
  `returnedMinor` BIGINT NOT NULL DEFAULT 0,
  `withdrawn` BOOLEAN NOT NULL DEFAULT FALSE,
  `periodEnd` DATETIME(3) NULL,
  `transferId` CHAR(30) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `payment_paymentIntentId_key` (`paymentIntentId`),
  UNIQUE KEY `payment_invoiceId_key` (`invoiceId`),
  UNIQUE KEY `payment_transferId_key` (`transferId`),
  KEY `payment_checkoutId_idx` (`checkoutId`),
  KEY `payment_subscriptionId_idx` (`subscriptionId`),
  CONSTRAINT `payment_not_over` CHECK (`returnedMinor` >= 0 AND `returnedMinor` <= `amountMinor`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `payment_return` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `paymentId` BIGINT NOT NULL,
  `kind` VARCHAR(8) NOT NULL,
  `state` VARCHAR(10) NOT NULL,
  `stripeId` VARCHAR(255) NULL,
  `requestKey` VARCHAR(110) NULL,
  `fingerprint` BINARY(32) NULL,
  `amountMinor` BIGINT NOT NULL,
  `reason` VARCHAR(200) NOT NULL,
  `actor` VARCHAR(64) NOT NULL,
  `transferId` CHAR(30) NULL,
  `restoredTransferId` CHAR(30) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `payment_return_publicId_key` (`publicId`),
  UNIQUE KEY `payment_return_stripeId_key` (`stripeId`),
  UNIQUE KEY `payment_return_requestKey_key` (`requestKey`),
  KEY `payment_return_paymentId_idx` (`paymentId`),
  KEY `payment_return_state_createdAt_idx` (`state`, `createdAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `subscription` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `publicId` CHAR(30) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `kind` VARCHAR(12) NOT NULL,
  `state` VARCHAR(12) NOT NULL,
  `version` INT NOT NULL DEFAULT 0,
  `checkoutId` BIGINT NULL,
  `userId` VARCHAR(36) NOT NULL,
  `email` VARCHAR(254) NULL,
  `language` VARCHAR(5) NOT NULL,
  `channelId` BIGINT NULL,
  `plan` VARCHAR(40) NULL,
  `amountMinor` BIGINT NOT NULL,
  `currency` VARCHAR(5) NOT NULL,
  `stripeSubscriptionId` VARCHAR(255) NOT NULL,
  `stripeCustomerId` VARCHAR(255) NULL,
  `stripeStatus` VARCHAR(24) NOT NULL,
  `cancelAtPeriodEnd` BOOLEAN NOT NULL DEFAULT FALSE,
  `cancelWanted` BOOLEAN NOT NULL DEFAULT FALSE,
  `currentPeriodEnd` DATETIME(3) NULL,
  `accessUntil` DATETIME(3) NULL,
  `endedAt` DATETIME(3) NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `subscription_publicId_key` (`publicId`),
  UNIQUE KEY `subscription_stripeSubscriptionId_key` (`stripeSubscriptionId`),
  KEY `subscription_userId_idx` (`userId`),
  KEY `subscription_stripeCustomerId_idx` (`stripeCustomerId`),
  KEY `subscription_mode_state_idx` (`mode`, `state`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `stripe_event` (
  `id` VARCHAR(255) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `type` VARCHAR(100) NOT NULL,
  `objectId` VARCHAR(255) NULL,
  `outcome` VARCHAR(10) NOT NULL,
  `source` VARCHAR(10) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL,
  `receivedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  KEY `stripe_event_receivedAt_idx` (`receivedAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stripe_customer` (
  `userId` VARCHAR(36) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `customerId` VARCHAR(255) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`userId`, `mode`),
  UNIQUE KEY `stripe_customer_customerId_key` (`customerId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stripe_price` (
  `ref` VARCHAR(100) NOT NULL,
  `mode` VARCHAR(8) NOT NULL,
  `priceId` VARCHAR(255) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`ref`, `mode`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `stripe_cursor` (
  `mode` VARCHAR(8) NOT NULL,
  `eventsUntil` DATETIME(3) NOT NULL,
  PRIMARY KEY (`mode`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `plan_mappings` (
  `id` BIGINT NOT NULL AUTO_INCREMENT,
  `billing_provider` VARCHAR(20) NOT NULL,
  `billing_plan_id` VARCHAR(255) NOT NULL,
  `enhance_plan_id` VARCHAR(255) NULL,
  `plan` VARCHAR(40) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `plan_mappings_billing_provider_billing_plan_id_key` (`billing_provider`, `billing_plan_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
