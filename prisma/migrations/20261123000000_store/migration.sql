-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "user_status" AS ENUM ('active', 'inactive', 'merged');

-- CreateEnum
CREATE TYPE "source_kind" AS ENUM ('uploads', 'list', 'connector', 'admin');

-- CreateEnum
CREATE TYPE "run_kind" AS ENUM ('import', 'sync', 'bulk', 'undo');

-- CreateEnum
CREATE TYPE "run_state" AS ENUM ('waiting', 'running', 'retrying', 'held', 'planned', 'done', 'rejected', 'cancelled', 'failed');

-- CreateEnum
CREATE TYPE "plan_action" AS ENUM ('error', 'conflict', 'duplicate', 'create', 'deactivate', 'reactivate', 'update', 'unchanged', 'skip');

-- CreateEnum
CREATE TYPE "matched_by" AS ENUM ('identity', 'code', 'email', 'login', 'none');

-- CreateEnum
CREATE TYPE "permission_level" AS ENUM ('viewer', 'manager', 'admin', 'owner');

-- CreateEnum
CREATE TYPE "property_type" AS ENUM ('text', 'number', 'boolean', 'date');

-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "code" TEXT,
    "login" TEXT,
    "login_key" TEXT,
    "email" TEXT,
    "email_key" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "display_name" TEXT,
    "status" "user_status" NOT NULL DEFAULT 'active',
    "organization_id" UUID,
    "job_title" TEXT,
    "department" TEXT,
    "location" TEXT,
    "manager_id" UUID,
    "locale" TEXT,
    "time_zone" TEXT,
    "phone" TEXT,
    "hire_date" DATE,
    "leave_date" DATE,
    "properties" JSONB NOT NULL DEFAULT '{}',
    "sticky" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "protected" BOOLEAN NOT NULL DEFAULT false,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deactivated_at" TIMESTAMPTZ(3),
    "deactivated_reason" TEXT,
    "merged_into_id" UUID,
    "created_run_id" UUID,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "code_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "property_definition" (
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" "property_type" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "property_definition_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "source" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "source_kind" NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "last_good_run_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "source_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "identity" (
    "source_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "record_hash" BIGINT,
    "mapping_hash" BIGINT,
    "user_version" INTEGER,
    "linked_run_id" UUID,
    "missing_since_run_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "identity_pkey" PRIMARY KEY ("source_id","external_id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL,
    "kind" "run_kind" NOT NULL,
    "source_id" UUID NOT NULL,
    "state" "run_state" NOT NULL DEFAULT 'waiting',
    "active" BOOLEAN NOT NULL DEFAULT false,
    "blocking" BOOLEAN NOT NULL DEFAULT false,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "dry_run" BOOLEAN NOT NULL DEFAULT false,
    "options" JSONB NOT NULL DEFAULT '{}',
    "actor_id" UUID NOT NULL,
    "undo_of_id" UUID,
    "retry_of_id" UUID,
    "file_id" UUID,
    "workflow_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "staged_at" TIMESTAMPTZ(3),
    "planned_at" TIMESTAMPTZ(3),
    "approved_at" TIMESTAMPTZ(3),
    "applied_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "undoable_until" TIMESTAMPTZ(3),
    "mapping_hash" BIGINT,
    "id_prefix" TEXT,
    "coverage" JSONB NOT NULL DEFAULT '{}',
    "rows" INTEGER NOT NULL DEFAULT 0,
    "entries" INTEGER NOT NULL DEFAULT 0,
    "pass" SMALLINT NOT NULL DEFAULT 1,
    "applied_through" INTEGER NOT NULL DEFAULT 0,
    "managers_through" INTEGER NOT NULL DEFAULT 0,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "matched_by" JSONB NOT NULL DEFAULT '{}',
    "held" JSONB NOT NULL DEFAULT '[]',
    "progress" JSONB NOT NULL DEFAULT '{}',
    "failure" JSONB,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_file" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "complete" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_file_chunk" (
    "file_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "data" BYTEA NOT NULL,

    CONSTRAINT "run_file_chunk_pkey" PRIMARY KEY ("file_id","n")
);

-- CreateTable
-- Partitioned by run_id: run ids are time-ordered (uuid v7), so that a day of runs is one partition
-- and retention is a drop. Partitions are made by store/partitions.ts.
CREATE TABLE "staged_row" (
    "run_id" UUID NOT NULL,
    "line" INTEGER NOT NULL,
    "external_id" TEXT,
    "code" TEXT,
    "login" TEXT,
    "login_key" TEXT,
    "email" TEXT,
    "email_key" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "display_name" TEXT,
    "status" "user_status",
    "organization_id" UUID,
    "job_title" TEXT,
    "department" TEXT,
    "location" TEXT,
    "manager_ref" TEXT,
    "locale" TEXT,
    "time_zone" TEXT,
    "phone" TEXT,
    "hire_date" DATE,
    "leave_date" DATE,
    "properties" JSONB,
    "clears" TEXT[],
    "faults" JSONB,
    "code_key" TEXT,
    "key_readable" BOOLEAN NOT NULL DEFAULT true,
    -- Computed by the database while COPY waits for the parser: what the row says, as one number.
    "record_hash" BIGINT NOT NULL GENERATED ALWAYS AS (hash_record_extended(ROW("external_id", "code",
      "login", "email", "first_name", "last_name", "display_name", "status", "organization_id",
      "job_title", "department", "location", "manager_ref", "locale", "time_zone", "phone", "hire_date",
      "leave_date", "properties", "clears"), 0)) STORED,

    CONSTRAINT "staged_row_pkey" PRIMARY KEY ("run_id","line")
) PARTITION BY RANGE ("run_id");

-- CreateTable
CREATE TABLE "plan_entry" (
    "run_id" UUID NOT NULL,
    "entry" INTEGER NOT NULL,
    "line" INTEGER,
    "action" "plan_action" NOT NULL,
    "matched_by" "matched_by" NOT NULL,
    "reason" TEXT,
    "user_id" UUID,
    "version" INTEGER,
    "external_id" TEXT,
    "changes" JSONB,
    "candidates" UUID[],
    "manager_id" UUID,
    "manager_late" BOOLEAN NOT NULL DEFAULT false,
    "hand_over" BOOLEAN NOT NULL DEFAULT false,
    "links" BOOLEAN NOT NULL DEFAULT false,
    "decided" SMALLINT,
    "kept_by_hand" SMALLINT NOT NULL DEFAULT 0,

    CONSTRAINT "plan_entry_pkey" PRIMARY KEY ("run_id","entry")
) PARTITION BY RANGE ("run_id");

-- CreateTable
CREATE TABLE "entry_outcome" (
    "run_id" UUID NOT NULL,
    "entry" INTEGER NOT NULL,
    "action" "plan_action" NOT NULL,
    "reason" TEXT NOT NULL,
    "fields" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "entry_outcome_pkey" PRIMARY KEY ("run_id","entry")
);

-- CreateTable
CREATE TABLE "run_message" (
    "run_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "line" INTEGER,
    "column" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "run_message_pkey" PRIMARY KEY ("run_id","n")
);

-- CreateTable
CREATE TABLE "decision" (
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "reason" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "taken_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mapping" (
    "name" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mapping_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "admin" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "level" "permission_level" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "admin_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "admin_organization" (
    "admin_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,

    CONSTRAINT "admin_organization_pkey" PRIMARY KEY ("admin_id","organization_id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "admin_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "saved_filter" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "filter" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_filter_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" UUID,
    "action" TEXT NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "run_id" UUID,
    "fields" TEXT[],

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_code_key" ON "user"("code");

-- CreateIndex
CREATE UNIQUE INDEX "user_login_key_key" ON "user"("login_key");

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key_key" ON "user"("email_key");

-- CreateIndex
CREATE INDEX "user_organization_id_idx" ON "user"("organization_id") WHERE (organization_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "user_manager_id_idx" ON "user"("manager_id") WHERE (manager_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "user_merged_into_id_idx" ON "user"("merged_into_id") WHERE (merged_into_id IS NOT NULL);

-- CreateIndex
CREATE UNIQUE INDEX "organization_code_key_key" ON "organization"("code_key");

-- CreateIndex
CREATE UNIQUE INDEX "source_name_key" ON "source"("name");

-- CreateIndex
CREATE INDEX "identity_user_id_idx" ON "identity"("user_id");

-- CreateIndex
CREATE INDEX "run_source_id_created_at_idx" ON "run"("source_id", "created_at");

-- CreateIndex
CREATE INDEX "run_created_at_idx" ON "run"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "run_one_active_per_source" ON "run"("source_id") WHERE (active);

-- CreateIndex
CREATE INDEX "plan_entry_user_id_idx" ON "plan_entry"("user_id") WHERE (action <> 'create'::plan_action);

-- CreateIndex
CREATE INDEX "plan_entry_run_id_line_idx" ON "plan_entry"("run_id", "line") WHERE (action <> 'create'::plan_action);

-- CreateIndex
CREATE INDEX "decision_run_id_created_at_idx" ON "decision"("run_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "admin_name_key" ON "admin"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "saved_filter_name_key" ON "saved_filter"("name");

-- CreateIndex
CREATE INDEX "audit_event_subject_idx" ON "audit_event"("subject_type", "subject_id", "at");

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_manager_id_fkey" FOREIGN KEY ("manager_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "user" ADD CONSTRAINT "user_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "identity" ADD CONSTRAINT "identity_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "identity" ADD CONSTRAINT "identity_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_actor_id_fkey" FOREIGN KEY ("actor_id") REFERENCES "admin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_undo_of_id_fkey" FOREIGN KEY ("undo_of_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_retry_of_id_fkey" FOREIGN KEY ("retry_of_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "run_file"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "run_file_chunk" ADD CONSTRAINT "run_file_chunk_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "run_file"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "decision" ADD CONSTRAINT "decision_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "decision" ADD CONSTRAINT "decision_actor_id_fkey" FOREIGN KEY ("actor_id") REFERENCES "admin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "admin_organization" ADD CONSTRAINT "admin_organization_admin_id_fkey" FOREIGN KEY ("admin_id") REFERENCES "admin"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "admin_organization" ADD CONSTRAINT "admin_organization_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_admin_id_fkey" FOREIGN KEY ("admin_id") REFERENCES "admin"("id") ON DELETE CASCADE ON UPDATE RESTRICT;


-- What Prisma cannot say.

ALTER TABLE "run_file_chunk" ALTER COLUMN "data" SET STORAGE EXTERNAL;

ALTER TABLE "user"
  ADD CONSTRAINT "user_has_a_key" CHECK (num_nonnulls("code", "login_key", "email_key") > 0),
  ADD CONSTRAINT "user_login_has_its_key" CHECK (("login" IS NULL) = ("login_key" IS NULL)),
  ADD CONSTRAINT "user_email_has_its_key" CHECK (("email" IS NULL) = ("email_key" IS NULL)),
  ADD CONSTRAINT "user_keys_are_not_empty" CHECK ("code" <> '' AND "login_key" <> '' AND "email_key" <> ''),
  ADD CONSTRAINT "user_merged_has_survivor" CHECK (("status" = 'merged') = ("merged_into_id" IS NOT NULL)),
  ADD CONSTRAINT "user_not_merged_into_itself" CHECK ("merged_into_id" <> "id"),
  ADD CONSTRAINT "user_active_is_not_deactivated" CHECK ("status" <> 'active' OR "deactivated_at" IS NULL),
  ADD CONSTRAINT "user_version_is_positive" CHECK ("version" > 0),
  ADD CONSTRAINT "user_properties_is_an_object" CHECK (jsonb_typeof("properties") = 'object');

ALTER TABLE "identity"
  ADD CONSTRAINT "identity_external_id_is_not_empty" CHECK ("external_id" <> '');

ALTER TABLE "organization"
  ADD CONSTRAINT "organization_code_is_not_empty" CHECK ("code_key" <> '');

ALTER TABLE "property_definition"
  ADD CONSTRAINT "property_definition_key_form" CHECK ("key" ~ '^[A-Za-z][A-Za-z0-9_]{0,62}$');

ALTER TABLE "run"
  ADD CONSTRAINT "run_final_is_finished" CHECK
    (("state" IN ('done', 'rejected', 'cancelled', 'failed', 'planned')) = ("finished_at" IS NOT NULL)),
  ADD CONSTRAINT "run_final_is_not_active" CHECK ("finished_at" IS NULL OR NOT "active"),
  ADD CONSTRAINT "run_applies_what_was_planned" CHECK ("applied_through" BETWEEN 0 AND "entries"),
  ADD CONSTRAINT "run_is_staged_before_planned" CHECK ("planned_at" IS NULL OR "staged_at" IS NOT NULL),
  ADD CONSTRAINT "run_done_is_applied" CHECK ("state" <> 'done' OR "applied_at" IS NOT NULL),
  ADD CONSTRAINT "run_dry_is_never_applied" CHECK (NOT "dry_run" OR "applied_through" = 0),
  ADD CONSTRAINT "run_undo_names_its_run" CHECK (("kind" = 'undo') = ("undo_of_id" IS NOT NULL)),
  ADD CONSTRAINT "run_import_has_a_file" CHECK ("kind" <> 'import' OR "file_id" IS NOT NULL);

ALTER TABLE "run_file"
  ADD CONSTRAINT "run_file_size" CHECK ("bytes" >= 0);

ALTER TABLE "staged_row" ADD CONSTRAINT "staged_row_line_is_positive" CHECK ("line" > 0);

ALTER TABLE "plan_entry"
  ADD CONSTRAINT "plan_entry_is_numbered" CHECK ("entry" > 0),
  ADD CONSTRAINT "plan_entry_create_is_complete" CHECK
    ("action" <> 'create' OR ("user_id" IS NOT NULL AND "line" IS NOT NULL)),
  ADD CONSTRAINT "plan_entry_change_is_complete" CHECK
    ("action" NOT IN ('update', 'deactivate', 'reactivate')
     OR ("user_id" IS NOT NULL AND "version" IS NOT NULL AND "changes" IS NOT NULL)),
  ADD CONSTRAINT "plan_entry_is_not_unchanged" CHECK ("action" <> 'unchanged');

-- A merged user is written by merge and unmerge only, and versions never go back.
CREATE FUNCTION "user_refuse_write"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."version" < OLD."version" THEN
    RAISE EXCEPTION 'the version of user % would go back from % to %', OLD."id", OLD."version", NEW."version"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'user_version_only_grows';
  END IF;
  IF OLD."status" = 'merged' AND current_setting('rollcall.merging', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'user % is merged into %', OLD."id", OLD."merged_into_id"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'user_merged_is_not_written';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "user_refuse_write" BEFORE UPDATE ON "user" FOR EACH ROW
  WHEN (OLD."status" = 'merged' OR NEW."version" < OLD."version")
  EXECUTE FUNCTION "user_refuse_write"();

-- No source ever deletes a user row.
CREATE FUNCTION "user_refuse_delete"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'users are never deleted (%)', OLD."id"
    USING ERRCODE = 'check_violation', CONSTRAINT = 'user_is_never_deleted';
END $$;

CREATE TRIGGER "user_refuse_delete" BEFORE DELETE ON "user" FOR EACH ROW
  EXECUTE FUNCTION "user_refuse_delete"();

-- The two sources and the admin that every platform has (store/sources.ts knows their ids).
INSERT INTO "source" ("id", "name", "kind") VALUES
  ('00000000-0000-7000-8000-000000000001', 'csv', 'uploads'),
  ('00000000-0000-7000-8000-000000000002', 'admin', 'admin');
INSERT INTO "admin" ("id", "name", "level") VALUES
  ('00000000-0000-7000-8000-0000000000aa', 'owner', 'owner');
