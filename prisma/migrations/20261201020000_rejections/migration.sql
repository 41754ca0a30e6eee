-- Deactivations, reactivations and key changes that a person rejected: the gate rejected_before holds
-- them when their source says the same again.
-- AlterTable
ALTER TABLE "plan_entry" ADD COLUMN "rejected_in" UUID;

-- CreateTable
CREATE TABLE "rejection" (
    "source_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "what" TEXT NOT NULL,
    "value" TEXT,
    "reason" TEXT,
    "run_id" UUID NOT NULL,

    CONSTRAINT "rejection_pkey" PRIMARY KEY ("source_id","user_id","what")
);

-- CreateIndex
CREATE INDEX "rejection_run_id_idx" ON "rejection"("run_id");

-- Written by hand from here on.

ALTER TABLE "rejection" ADD CONSTRAINT "rejection_what_is_known" CHECK
  ("what" IN ('deactivate', 'reactivate', 'login', 'email')
    AND ("value" IS NULL OR "what" IN ('login', 'email')));
