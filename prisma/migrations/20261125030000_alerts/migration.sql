-- Whom to tell when something waits for a person, and what is to be told.

-- CreateTable
CREATE TABLE "alert_target" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "events" TEXT[],
    "secrets" BYTEA,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "event" TEXT NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "trouble" TEXT,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "alert_target_kind_address_key" ON "alert_target"("kind", "address");

-- CreateIndex
CREATE UNIQUE INDEX "alert_target_id_dedupe_key_key" ON "alert"("target_id", "dedupe_key");

-- CreateIndex
CREATE INDEX "alert_next_attempt_at_idx" ON "alert"("next_attempt_at") WHERE (next_attempt_at IS NOT NULL);

-- AddForeignKey
ALTER TABLE "alert" ADD CONSTRAINT "alert_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "alert_target"("id") ON DELETE CASCADE ON UPDATE RESTRICT;

-- What Prisma's schema can't say.
ALTER TABLE "alert_target"
  ADD CONSTRAINT "alert_target_kind" CHECK ("kind" IN ('email', 'webhook')),
  ADD CONSTRAINT "alert_target_webhook_signs" CHECK ("kind" <> 'webhook' OR "secrets" IS NOT NULL);
ALTER TABLE "alert"
  ADD CONSTRAINT "alert_sent_is_over" CHECK ("sent_at" IS NULL OR "next_attempt_at" IS NULL);
