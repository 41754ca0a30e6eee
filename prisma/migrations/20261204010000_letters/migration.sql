-- Letters, campaigns, what became of each recipient, announcements in each user's list, suppressed addresses
-- and bounces.
CREATE TYPE "letter_category" AS ENUM ('administrative', 'optional');
CREATE TYPE "campaign_kind" AS ENUM ('letter', 'announcement');
CREATE TYPE "campaign_state" AS ENUM ('planned', 'held', 'running', 'paused', 'done', 'cancelled');
CREATE TYPE "delivery_state" AS ENUM
  ('planned', 'claimed', 'accepted', 'failed', 'unknown', 'bounced', 'skipped');
CREATE TYPE "suppression_reason" AS ENUM ('hard_bounce', 'complaint', 'unsubscribed', 'by_hand');

CREATE TABLE "letter" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT,
    "variables" JSONB NOT NULL DEFAULT '[]',
    "category" "letter_category" NOT NULL DEFAULT 'administrative',
    "version" INTEGER NOT NULL DEFAULT 1,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "letter_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "campaign" (
    "id" UUID NOT NULL,
    "kind" "campaign_kind" NOT NULL,
    "mails" BOOLEAN NOT NULL DEFAULT true,
    "letter_id" UUID,
    "content" JSONB NOT NULL,
    "content_sha" TEXT NOT NULL,
    "selection" JSONB NOT NULL DEFAULT '{}',
    "actor_id" UUID NOT NULL,
    "state" "campaign_state" NOT NULL DEFAULT 'planned',
    "trouble" JSONB,
    "send_at" TIMESTAMPTZ(3),
    "time_zone" TEXT,
    "visible_from" TIMESTAMPTZ(3),
    "visible_until" TIMESTAMPTZ(3),
    "retracted_at" TIMESTAMPTZ(3),
    "per_minute" INTEGER,
    "again" BOOLEAN NOT NULL DEFAULT false,
    "recipients" INTEGER NOT NULL DEFAULT 0,
    "held" JSONB NOT NULL DEFAULT '[]',
    "approved_by" UUID,
    "sink" BOOLEAN NOT NULL DEFAULT false,
    "counts" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "forgotten_at" TIMESTAMPTZ(3),

    CONSTRAINT "campaign_pkey" PRIMARY KEY ("id")
);

-- Partitioned by campaign_id (uuid v7): a day of campaigns is one partition, and retention is a drop. Without
-- a foreign key to the campaign, which is never deleted: a million recipients are written at once.
CREATE TABLE "delivery" (
    "campaign_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "state" "delivery_state" NOT NULL DEFAULT 'planned',
    "reason" TEXT,
    "address" TEXT,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "claim" UUID,
    "claimed_at" TIMESTAMPTZ(3),
    "next_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "smtp_code" SMALLINT,
    "enhanced" TEXT,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("campaign_id", "user_id")
) PARTITION BY RANGE ("campaign_id");

CREATE TABLE "delivery_attempt" (
    "campaign_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "attempt" SMALLINT NOT NULL,
    "claim" UUID NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "stage" TEXT,
    "smtp_code" SMALLINT,
    "enhanced" TEXT,

    CONSTRAINT "delivery_attempt_pkey" PRIMARY KEY ("campaign_id", "user_id", "attempt")
) PARTITION BY RANGE ("campaign_id");

CREATE TABLE "notification" (
    "user_id" UUID NOT NULL,
    "campaign_id" UUID NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("user_id", "campaign_id")
);

CREATE TABLE "suppression" (
    "address_hash" BYTEA NOT NULL,
    "address" TEXT,
    "reason" "suppression_reason" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "campaign_id" UUID,
    "note" TEXT,

    CONSTRAINT "suppression_pkey" PRIMARY KEY ("address_hash")
);

CREATE TABLE "bounce" (
    "message_sha" BYTEA NOT NULL,
    "campaign_id" UUID,
    "n" INTEGER,
    "action" TEXT NOT NULL,
    "status" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "matched" BOOLEAN NOT NULL,

    CONSTRAINT "bounce_pkey" PRIMARY KEY ("message_sha")
);

ALTER TABLE "decision"
  ALTER COLUMN "run_id" DROP NOT NULL,
  ADD COLUMN "campaign_id" UUID;

CREATE UNIQUE INDEX "letter_name_key_key" ON "letter"("name_key") WHERE (archived_at IS NULL);
CREATE INDEX "campaign_letter_id_idx" ON "campaign"("letter_id");
CREATE INDEX "campaign_open_idx" ON "campaign"("state", "id") WHERE (finished_at IS NULL);
CREATE UNIQUE INDEX "delivery_campaign_id_n_key" ON "delivery"("campaign_id", "n");
CREATE INDEX "delivery_ready_idx" ON "delivery"("campaign_id", "n")
  WHERE (state = 'planned'::delivery_state AND next_at IS NULL);
CREATE INDEX "delivery_later_idx" ON "delivery"("campaign_id", "next_at")
  WHERE (state = 'planned'::delivery_state AND next_at IS NOT NULL);
CREATE INDEX "delivery_claimed_idx" ON "delivery"("campaign_id", "claimed_at")
  WHERE (state = 'claimed'::delivery_state);
CREATE INDEX "delivery_user_id_idx" ON "delivery"("user_id");
CREATE INDEX "bounce_campaign_id_n_idx" ON "bounce"("campaign_id", "n");
CREATE INDEX "decision_campaign_id_created_at_idx" ON "decision"("campaign_id", "created_at");

ALTER TABLE "campaign"
  ADD CONSTRAINT "campaign_letter_id_fkey" FOREIGN KEY ("letter_id") REFERENCES "letter"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "campaign_actor_id_fkey" FOREIGN KEY ("actor_id") REFERENCES "admin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  ADD CONSTRAINT "campaign_approved_by_fkey" FOREIGN KEY ("approved_by") REFERENCES "admin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
-- Row by row: a writer waits here for a merge that holds the user.
ALTER TABLE "delivery"
  ADD CONSTRAINT "delivery_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "notification"
  ADD CONSTRAINT "notification_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "decision"
  ADD CONSTRAINT "decision_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaign"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Written by hand from here on: Prisma cannot say it.

ALTER TABLE "letter"
  ADD CONSTRAINT "letter_name_is_not_empty" CHECK (btrim("name_key") <> ''),
  ADD CONSTRAINT "letter_version_is_positive" CHECK ("version" > 0);
ALTER TABLE "campaign"
  ADD CONSTRAINT "campaign_finished_is_final" CHECK
    (("state" IN ('done', 'cancelled')) = ("finished_at" IS NOT NULL)),
  ADD CONSTRAINT "campaign_retracted_is_announcement" CHECK
    ("retracted_at" IS NULL OR "kind" = 'announcement'),
  ADD CONSTRAINT "campaign_visible_until_is_later" CHECK ("visible_until" > "visible_from"),
  ADD CONSTRAINT "campaign_letter_mails" CHECK ("kind" <> 'letter' OR "mails"),
  ADD CONSTRAINT "campaign_per_minute_is_positive" CHECK ("per_minute" > 0),
  ADD CONSTRAINT "campaign_recipients_is_not_negative" CHECK ("recipients" >= 0);
ALTER TABLE "delivery"
  ADD CONSTRAINT "delivery_claimed_has_its_claim" CHECK
    (("state" = 'claimed') = ("claim" IS NOT NULL) OR "state" = 'unknown'),
  ADD CONSTRAINT "delivery_claimed_has_its_time" CHECK ("state" <> 'claimed' OR "claimed_at" IS NOT NULL),
  ADD CONSTRAINT "delivery_final_is_closed" CHECK
    (("state" NOT IN ('planned', 'claimed')) = ("closed_at" IS NOT NULL)),
  ADD CONSTRAINT "delivery_sent_has_its_address" CHECK
    ("state" IN ('planned', 'skipped') OR "address" IS NOT NULL),
  ADD CONSTRAINT "delivery_only_planned_has_next" CHECK ("next_at" IS NULL OR "state" = 'planned'),
  ADD CONSTRAINT "delivery_n_is_positive" CHECK ("n" > 0),
  ADD CONSTRAINT "delivery_attempts_is_not_negative" CHECK ("attempts" >= 0);
ALTER TABLE "suppression"
  ADD CONSTRAINT "suppression_hash_is_whole" CHECK (octet_length("address_hash") = 32);
ALTER TABLE "bounce"
  ADD CONSTRAINT "bounce_sha_is_whole" CHECK (octet_length("message_sha") = 32),
  ADD CONSTRAINT "bounce_matched_has_its_delivery" CHECK
    ("matched" = ("campaign_id" IS NOT NULL AND "n" IS NOT NULL));
ALTER TABLE "decision"
  ADD CONSTRAINT "decision_has_one_subject" CHECK (("run_id" IS NULL) <> ("campaign_id" IS NULL));

-- Campaigns stay: their rows name no more than ids, counts and the content.
CREATE FUNCTION "campaign_refuse_delete"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'campaign % is never deleted', OLD."id"
    USING ERRCODE = 'check_violation', CONSTRAINT = 'campaign_is_never_deleted';
END $$;
CREATE TRIGGER "campaign_refuse_delete" BEFORE DELETE ON "campaign" FOR EACH ROW
  EXECUTE FUNCTION "campaign_refuse_delete"();
CREATE TRIGGER "campaign_refuse_truncate" BEFORE TRUNCATE ON "campaign"
  EXECUTE FUNCTION "refuse_truncate"();

-- No delivery and no notification lands on an absorbed account, as for enrollments (migration merge_walls).
-- Rows are always written through the parent, on which the triggers of a statement stand.
CREATE TRIGGER "delivery_refuse_merged" AFTER INSERT ON "delivery"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "row_refuse_merged_users"();
CREATE TRIGGER "delivery_refuse_merged_owner" AFTER UPDATE OF "user_id" ON "delivery" FOR EACH ROW
  WHEN (NEW."user_id" <> OLD."user_id") EXECUTE FUNCTION "row_refuse_merged_user"();
CREATE TRIGGER "notification_refuse_merged" AFTER INSERT ON "notification"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "row_refuse_merged_users"();
CREATE TRIGGER "notification_refuse_merged_owner" AFTER UPDATE OF "user_id" ON "notification" FOR EACH ROW
  WHEN (NEW."user_id" <> OLD."user_id") EXECUTE FUNCTION "row_refuse_merged_user"();

-- As "rollcall_add_day" and "rollcall_drop_day" (migration days): of the day of a campaign's id.
CREATE FUNCTION "rollcall_add_delivery_day"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "parent" TEXT;
  "part" TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rollcall.delivery_partitions'));
  FOREACH "parent" IN ARRAY ARRAY['delivery', 'delivery_attempt'] LOOP
    "part" := "parent" || '_' || to_char("day", 'YYYYMMDD');
    CONTINUE WHEN EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = ('public.' || "parent")::regclass AND c.relname = "part");
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', "part", "parent");
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      "parent", "part", public.rollcall_day_id("day"), public.rollcall_day_id("day" + 1));
  END LOOP;
END $$;

-- Refused while one of its campaigns is open or has not been marked as forgotten.
CREATE FUNCTION "rollcall_drop_delivery_day"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "part" TEXT;
BEGIN
  IF EXISTS (SELECT FROM public.campaign c
    WHERE c.id >= public.rollcall_day_id("day") AND c.id < public.rollcall_day_id("day" + 1)
      AND (c.forgotten_at IS NULL OR c.finished_at IS NULL)) THEN
    RAISE EXCEPTION 'campaigns of % still need their deliveries', "day"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'day_is_needed';
  END IF;
  FOR "part" IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('public.delivery'::regclass, 'public.delivery_attempt'::regclass)
      AND c.relname IN ('delivery_' || to_char("day", 'YYYYMMDD'),
        'delivery_attempt_' || to_char("day", 'YYYYMMDD'))
    ORDER BY c.relname DESC
  LOOP
    EXECUTE format('DROP TABLE public.%I', "part");
  END LOOP;
END $$;

-- Statistics of the deliveries of a day, after a campaign was frozen.
CREATE FUNCTION "rollcall_analyze_deliveries"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ANALYZE public.%I', 'delivery_' || to_char("day", 'YYYYMMDD'));
END $$;

REVOKE ALL ON FUNCTION "rollcall_add_delivery_day"(DATE), "rollcall_drop_delivery_day"(DATE),
  "rollcall_analyze_deliveries"(DATE) FROM PUBLIC;
