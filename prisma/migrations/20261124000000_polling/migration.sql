-- Polled sources: HR systems, CRMs, directories.

-- CreateEnum
CREATE TYPE "polling_state" AS ENUM ('ready', 'paused', 'quarantined', 'disabled');

-- CreateEnum
CREATE TYPE "read_mode" AS ENUM ('full', 'changes');

-- AlterTable
ALTER TABLE "identity" ADD COLUMN "missing_reads" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN "source_status" TEXT,
ADD COLUMN "due_on" DATE,
ADD COLUMN "due_zone" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN "read_mode" "read_mode",
ADD COLUMN "read_state" JSONB,
ADD COLUMN "listing" JSONB;

-- AlterTable
ALTER TABLE "staged_row" ADD COLUMN "source_status" TEXT,
ADD COLUMN "due_on" DATE,
ADD COLUMN "due_zone" TEXT;

-- CreateTable
CREATE TABLE "connection" (
    "source_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "declaration" JSONB,
    "declaration_sha" TEXT,
    "config" JSONB NOT NULL DEFAULT '{}',
    "base_url" TEXT,
    "secrets" BYTEA,
    "cursor" JSONB,
    "full_read_at" TIMESTAMPTZ(3),
    "polling" "polling_state" NOT NULL DEFAULT 'ready',
    "trouble" JSONB,
    "schedule" JSONB,
    "skipped_syncs" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("source_id")
);

-- CreateTable
CREATE TABLE "call_budget" (
    "key" TEXT NOT NULL,
    "next_call_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "call_budget_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "identity_due_on_idx" ON "identity"("due_on") WHERE (due_on IS NOT NULL);

-- AddForeignKey
ALTER TABLE "connection" ADD CONSTRAINT "connection_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What Prisma's schema can't say.
ALTER TABLE "connection" ADD CONSTRAINT "connection_trouble_is_told"
  CHECK ("polling" <> 'quarantined' OR "trouble" IS NOT NULL);
ALTER TABLE "identity" ADD CONSTRAINT "identity_missing_reads_count" CHECK ("missing_reads" >= 0);
ALTER TABLE "run" ADD CONSTRAINT "run_sync_reads" CHECK (("kind" = 'sync') = ("read_mode" IS NOT NULL));
