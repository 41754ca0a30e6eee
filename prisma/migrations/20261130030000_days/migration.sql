-- First and last days end or delay access in files, too, and in records without a status.
-- AlterTable
ALTER TABLE "identity" ADD COLUMN "ended_at" TIMESTAMPTZ(3),
ADD COLUMN "ended_by" TEXT;

-- AlterTable
ALTER TABLE "staged_row" ADD COLUMN "status_by" TEXT,
ADD COLUMN "days_known" TEXT;

-- CreateIndex
CREATE INDEX "identity_ended_idx" ON "identity"("source_id") WHERE (ended_at IS NOT NULL);

-- Written by hand from here on.

-- A day that only gives back what the days took names no status of its own.
ALTER TABLE "identity" DROP CONSTRAINT "identity_due_is_whole";
ALTER TABLE "identity" ADD CONSTRAINT "identity_due_is_whole" CHECK
  (CASE WHEN "due_on" IS NULL THEN "due_status" IS NULL AND "due_then" IS NULL
    ELSE "due_then" IS NULL OR "due_then" >= "due_on" END);
ALTER TABLE "identity" ADD CONSTRAINT "identity_ended_is_whole" CHECK
  (("ended_at" IS NULL) = ("ended_by" IS NULL)
    AND "ended_by" IN ('after_last_day', 'before_first_day'));
