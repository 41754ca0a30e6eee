-- What a campaign counted stands in "delivery_count", whose rows stay when the deliveries are removed. Safe to
-- repeat: an interrupted migration that adds nothing is run once more.
ALTER TABLE "campaign" DROP COLUMN IF EXISTS "counts";
