-- How far the log of uses has been counted for good, so that a busy code is not counted anew each second.

ALTER TABLE `access_code`
  ADD COLUMN `settledUses` INT NOT NULL DEFAULT 0 AFTER `usageCount`,
  ADD COLUMN `settledUsageId` BIGINT NOT NULL DEFAULT 0 AFTER `settledUses`;
