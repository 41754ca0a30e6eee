-- When a run last asked for its source's slot, and the columns of its file as they were read.
ALTER TABLE "run" ADD COLUMN "asked_at" TIMESTAMPTZ(3),
ADD COLUMN "headers" JSONB NOT NULL DEFAULT '{}';

-- What was kept by hand, also of those of whom nothing else changes.
ALTER TABLE "plan_entry" ADD COLUMN "kept" JSONB;

-- CreateIndex
CREATE INDEX "staged_row_faults_idx" ON "staged_row"("run_id", "line") WHERE (faults IS NOT NULL);

-- Written by hand from here on: Prisma cannot say it.

ALTER TABLE "plan_entry"
  DROP CONSTRAINT "plan_entry_is_not_unchanged",
  ADD CONSTRAINT "plan_entry_is_not_unchanged" CHECK ("action" <> 'unchanged' OR "kept" IS NOT NULL);

-- A survivor takes every key of the absorbed account.
ALTER TABLE "user"
  DROP CONSTRAINT "user_has_a_key",
  ADD CONSTRAINT "user_has_a_key" CHECK
    (num_nonnulls("code", "login_key", "email_key") > 0 OR "status" = 'merged');
