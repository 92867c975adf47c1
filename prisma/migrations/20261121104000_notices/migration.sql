ALTER TABLE `user`
  ADD COLUMN `language` VARCHAR(5) NOT NULL DEFAULT 'en',
  ADD COLUMN `termsAcceptedAt` DATETIME(3) NULL,
  ADD COLUMN `ageConfirmedAt` DATETIME(3) NULL,
  ADD COLUMN `erasedAt` DATETIME(3) NULL;

-- Who holds a code is reminded once, two hours before its end.
ALTER TABLE `access_code`
  ADD COLUMN `remindedAt` DATETIME(3) NULL,
  ADD KEY `access_code_remindedAt_expiresAt_idx` (`remindedAt`, `expiresAt`);
