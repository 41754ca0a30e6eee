-- One row for each reason: a mailbox that works again does not bring back letters that a person unsubscribed
-- from.
ALTER TABLE "suppression" DROP CONSTRAINT "suppression_pkey",
  ADD CONSTRAINT "suppression_pkey" PRIMARY KEY ("address_hash", "reason");

-- The pages of `suppressions list`.
CREATE INDEX "suppression_since_idx" ON "suppression"("since", "address_hash", "reason");
