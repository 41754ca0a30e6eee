-- Courses, enrollments, external credits; merges with what they changed; pairs of users that may be one.
CREATE TYPE "enrollment_status" AS ENUM ('enrolled', 'in_progress', 'completed', 'cancelled');
CREATE TYPE "merge_change_kind" AS ENUM ('changed', 'moved', 'tombstoned', 'created');
CREATE TYPE "pair_state" AS ENUM ('proposed', 'different', 'merged');

CREATE TABLE "course" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "code_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "course_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "merge" (
    "id" UUID NOT NULL,
    "survivor_id" UUID NOT NULL,
    "absorbed_id" UUID NOT NULL,
    "run_id" UUID,
    "entry" INTEGER,
    "actor_id" UUID,
    "reason" TEXT,
    "choices" JSONB NOT NULL DEFAULT '{}',
    "merged_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "unmerge_until" TIMESTAMPTZ(3),
    "unmerged_at" TIMESTAMPTZ(3),
    "unmerged_by" UUID,
    "unmerged_run_id" UUID,
    "images_removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "merge_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "enrollment" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "course_id" UUID NOT NULL,
    "status" "enrollment_status" NOT NULL,
    "progress" SMALLINT,
    "score" DECIMAL(7,2),
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" DATE,
    "via_user_id" UUID,
    "created_run_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "tombstoned_by" UUID,

    CONSTRAINT "enrollment_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "external_credit" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "credits" DECIMAL(8,2) NOT NULL,
    "earned_on" DATE NOT NULL,
    "evidence_url" TEXT,
    "print" BIGINT NOT NULL,
    "via_user_id" UUID,
    "created_run_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" INTEGER NOT NULL DEFAULT 1,
    "tombstoned_by" UUID,

    CONSTRAINT "external_credit_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "merge_change" (
    "merge_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "what" TEXT NOT NULL,
    "key" JSONB NOT NULL,
    "change" "merge_change_kind" NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "merge_change_pkey" PRIMARY KEY ("merge_id", "n")
);

CREATE TABLE "user_pair" (
    "user_a" UUID NOT NULL,
    "user_b" UUID NOT NULL,
    "state" "pair_state" NOT NULL,
    "score" SMALLINT,
    "reasons" TEXT[],
    "source_id" UUID,
    "actor_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pair_pkey" PRIMARY KEY ("user_a", "user_b")
);

ALTER TABLE "staged_row"
  ADD COLUMN "user_ref" TEXT,
  ADD COLUMN "other_ref" TEXT,
  ADD COLUMN "record" JSONB;
ALTER TABLE "plan_entry" ADD COLUMN "object_id" UUID;

CREATE UNIQUE INDEX "course_code_key_key" ON "course"("code_key");
CREATE UNIQUE INDEX "merge_open_key" ON "merge"("absorbed_id") WHERE (unmerged_at IS NULL);
CREATE INDEX "merge_absorbed_id_idx" ON "merge"("absorbed_id");
CREATE INDEX "merge_survivor_id_idx" ON "merge"("survivor_id");
CREATE INDEX "merge_run_id_idx" ON "merge"("run_id");
CREATE UNIQUE INDEX "enrollment_current_key" ON "enrollment"("user_id", "course_id") WHERE (tombstoned_by IS NULL);
CREATE INDEX "enrollment_user_id_idx" ON "enrollment"("user_id");
CREATE INDEX "enrollment_course_id_idx" ON "enrollment"("course_id");
CREATE INDEX "enrollment_tombstoned_by_idx" ON "enrollment"("tombstoned_by") WHERE (tombstoned_by IS NOT NULL);
CREATE UNIQUE INDEX "external_credit_current_key" ON "external_credit"("user_id", "print") WHERE (tombstoned_by IS NULL);
CREATE INDEX "external_credit_user_id_idx" ON "external_credit"("user_id");
CREATE INDEX "external_credit_tombstoned_by_idx" ON "external_credit"("tombstoned_by") WHERE (tombstoned_by IS NOT NULL);
CREATE INDEX "user_pair_user_b_idx" ON "user_pair"("user_b");
CREATE INDEX "user_pair_proposed_idx" ON "user_pair"("state") WHERE (state = 'proposed'::pair_state);

ALTER TABLE "merge"
  ADD CONSTRAINT "merge_survivor_id_fkey" FOREIGN KEY ("survivor_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "merge_absorbed_id_fkey" FOREIGN KEY ("absorbed_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "enrollment"
  ADD CONSTRAINT "enrollment_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "enrollment_course_id_fkey" FOREIGN KEY ("course_id") REFERENCES "course"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "enrollment_tombstoned_by_fkey" FOREIGN KEY ("tombstoned_by") REFERENCES "merge"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "external_credit"
  ADD CONSTRAINT "external_credit_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "external_credit_tombstoned_by_fkey" FOREIGN KEY ("tombstoned_by") REFERENCES "merge"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "merge_change"
  ADD CONSTRAINT "merge_change_merge_id_fkey" FOREIGN KEY ("merge_id") REFERENCES "merge"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Written by hand from here on: Prisma cannot say it.

ALTER TABLE "course"
  ADD CONSTRAINT "course_code_is_not_empty" CHECK (btrim("code_key") <> ''),
  ADD CONSTRAINT "course_name_is_not_empty" CHECK (btrim("name") <> '');
ALTER TABLE "enrollment"
  ADD CONSTRAINT "enrollment_progress_is_percent" CHECK ("progress" BETWEEN 0 AND 100),
  ADD CONSTRAINT "enrollment_score_is_not_negative" CHECK ("score" >= 0),
  ADD CONSTRAINT "enrollment_completed_has_its_day" CHECK ("status" <> 'completed' OR "completed_at" IS NOT NULL),
  ADD CONSTRAINT "enrollment_days_are_finite" CHECK (isfinite("completed_at") AND isfinite("enrolled_at")),
  ADD CONSTRAINT "enrollment_version_is_positive" CHECK ("version" > 0);
ALTER TABLE "external_credit"
  ADD CONSTRAINT "external_credit_is_positive" CHECK ("credits" > 0),
  ADD CONSTRAINT "external_credit_day_is_finite" CHECK (isfinite("earned_on")),
  ADD CONSTRAINT "external_credit_evidence_is_https" CHECK ("evidence_url" ~ '^https://'),
  ADD CONSTRAINT "external_credit_version_is_positive" CHECK ("version" > 0);
ALTER TABLE "merge"
  ADD CONSTRAINT "merge_not_into_itself" CHECK ("survivor_id" <> "absorbed_id"),
  ADD CONSTRAINT "merge_unmerged_is_whole" CHECK (("unmerged_at" IS NULL) = ("unmerged_by" IS NULL)),
  ADD CONSTRAINT "merge_can_be_unmerged" CHECK
    ("images_removed_at" IS NOT NULL OR ("run_id" IS NOT NULL AND "actor_id" IS NOT NULL AND "unmerge_until" IS NOT NULL));
ALTER TABLE "merge_change"
  ADD CONSTRAINT "merge_change_is_numbered" CHECK ("n" > 0),
  ADD CONSTRAINT "merge_change_has_its_image" CHECK ("change" = 'created' OR "before" IS NOT NULL);
ALTER TABLE "user_pair" ADD CONSTRAINT "user_pair_is_ordered" CHECK ("user_a" < "user_b");

-- Users that were merged before merges were recorded: they cannot be unmerged.
INSERT INTO "merge" ("id", "survivor_id", "absorbed_id", "merged_at", "images_removed_at")
SELECT gen_random_uuid(), u."merged_into_id", u."id", u."updated_at", CURRENT_TIMESTAMP
FROM "user" u WHERE u."status" = 'merged';

-- Runs of learner records and of merges have a slot each, so that they do not wait behind bulk changes. No
-- list may have these names: they have a space.
INSERT INTO "source" ("id", "name", "kind") VALUES
  ('00000000-0000-7000-8000-000000000003', 'learner records', 'admin'),
  ('00000000-0000-7000-8000-000000000004', 'user merges', 'admin');
