-- Transfers to creators that are taken back at Stripe, wholly or in part.
ALTER TABLE `payout`
  MODIFY `state` VARCHAR(16) NOT NULL,
  ADD COLUMN `reversedMinor` BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN `reversedAt` DATETIME(3) NULL,
  ADD CONSTRAINT `payout_came_back` CHECK (`reversedMinor` >= 0 AND `reversedMinor` <= `cashMinor`);
