-- What a channel decides about its shows, how a stream does, test streams and pictures.

ALTER TABLE `channel`
  ADD COLUMN `windowSeconds` INT NULL AFTER `viewerLimit`,
  ADD COLUMN `recordShows` BOOLEAN NOT NULL DEFAULT TRUE AFTER `windowSeconds`,
  ADD COLUMN `publicThumbnail` BOOLEAN NOT NULL DEFAULT TRUE AFTER `recordShows`;

ALTER TABLE `live_show`
  ADD COLUMN `ingestLight` VARCHAR(5) NULL AFTER `ingestInput`,
  ADD COLUMN `ingestAdvices` VARCHAR(400) NULL AFTER `ingestLight`,
  ADD COLUMN `test` BOOLEAN NOT NULL DEFAULT FALSE AFTER `ingestAdvices`,
  ADD COLUMN `thumbnail` VARCHAR(300) NULL AFTER `test`;
