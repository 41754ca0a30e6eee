-- What the next read of a source is judged by, and whom its absence deactivated.
-- AlterTable
ALTER TABLE "source" ADD COLUMN "coverage" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "last_absence_run_id" UUID;

-- AlterTable
ALTER TABLE "run" ADD COLUMN "presence" JSONB;

-- AlterTable
ALTER TABLE "identity" ADD COLUMN "left_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "identity_missing_idx" ON "identity"("source_id") WHERE (missing_since_run_id IS NOT NULL OR left_at IS NOT NULL);

-- AddForeignKey
ALTER TABLE "source" ADD CONSTRAINT "source_last_absence_run_id_fkey" FOREIGN KEY ("last_absence_run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What is known of runs before this migration.

UPDATE "source" s SET "coverage" = (
    SELECT coalesce(jsonb_object_agg(c.key, jsonb_build_array(c.value, r."rows")), '{}')
    FROM jsonb_each(r."coverage") c)
FROM "run" r
WHERE r."id" = s."last_good_run_id" AND r."rows" > 0 AND s."kind" IN ('list', 'connector');

UPDATE "source" s SET "last_absence_run_id" = (
  SELECT r."id" FROM "run" r
  WHERE r."source_id" = s."id" AND r."state" = 'done' AND NOT r."dry_run" AND r."retry_of_id" IS NULL
    AND (r."kind" = 'import' AND r."options" ->> 'missing' = 'deactivate'
      OR r."kind" = 'sync' AND r."read_mode" = 'full' AND r."listing" ->> 'complete' = 'true'
        AND r."listing" ->> 'absenceTimes' IS NOT NULL)
  ORDER BY r."id" DESC LIMIT 1);

UPDATE "identity" i SET "left_at" = u."deactivated_at"
FROM "user" u, "plan_entry" p
WHERE i."missing_since_run_id" IS NOT NULL AND u."id" = i."user_id"
  AND u."status" = 'inactive' AND u."deactivated_reason" = 'absent'
  AND p."run_id" = i."missing_since_run_id" AND p."user_id" = u."id" AND p."action" = 'deactivate'
  AND p."line" IS NULL;
