-- A channel whose owner had everything erased: nothing is sold there, and it says nothing any more.
ALTER TABLE `channel` ADD COLUMN `closedAt` DATETIME(3) NULL;
