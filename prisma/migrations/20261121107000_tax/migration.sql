-- How a purchase was taxed, as it was decided at the click, and what of a payment was tax.
ALTER TABLE `checkout`
  ADD COLUMN `tax` VARCHAR(9) NOT NULL DEFAULT 'none';

ALTER TABLE `payment`
  ADD COLUMN `taxMinor` BIGINT NOT NULL DEFAULT 0,
  ADD CONSTRAINT `payment_tax` CHECK (`taxMinor` >= 0 AND `taxMinor` <= `amountMinor`);
