-- What an account wants to be told of, by group of events. NULL: never said, so what is usual holds.
CREATE TABLE `notice_preference` (
  `userId` VARCHAR(36) NOT NULL,
  `noticeGroup` VARCHAR(12) NOT NULL,
  `mail` BOOLEAN NULL,
  `app` BOOLEAN NULL,
  `updatedAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`userId`, `noticeGroup`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Addresses that took a kind of mail off by its link, also where they belong to no account. Only a keyed hash is kept.
CREATE TABLE `notice_suppression` (
  `addressHash` BINARY(32) NOT NULL,
  `noticeGroup` VARCHAR(12) NOT NULL,
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`addressHash`, `noticeGroup`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
