-- How many deliveries of a campaign are in each state, kept with every change of a delivery: counting a million
-- of them takes longer than everything else that a page about campaigns shows. One row for each session of the
-- database that wrote, so that writers never wait for each other here; the sum is the count. The rows stay when
-- the deliveries are removed.
CREATE TABLE "delivery_count" (
    "campaign_id" UUID NOT NULL,
    "session" INTEGER NOT NULL,
    "planned" INTEGER NOT NULL DEFAULT 0,
    "claimed" INTEGER NOT NULL DEFAULT 0,
    "accepted" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "unknown" INTEGER NOT NULL DEFAULT 0,
    "bounced" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "delivery_count_pkey" PRIMARY KEY ("campaign_id", "session")
);

-- One-offs of the same content, for the look at the last 24 hours.
CREATE INDEX "campaign_content_sha_idx" ON "campaign"("content_sha");

-- Written by hand from here on: Prisma cannot say it.

-- Room on each page for the next version of a row that is written with every batch of deliveries.
ALTER TABLE "delivery_count" SET (fillfactor = 50);

CREATE FUNCTION "delivery_add_counts"("campaigns" UUID[], "states" delivery_state[], "changes" INTEGER[])
RETURNS void LANGUAGE sql AS $$
  INSERT INTO "delivery_count" AS c ("campaign_id", "session", "planned", "claimed", "accepted", "failed",
    "unknown", "bounced", "skipped")
  SELECT d.campaign_id, pg_backend_pid(),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'planned'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'claimed'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'accepted'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'failed'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'unknown'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'bounced'), 0),
    coalesce(sum(d.change) FILTER (WHERE d.state = 'skipped'), 0)
  FROM unnest("campaigns", "states", "changes") AS d(campaign_id, state, change)
  GROUP BY d.campaign_id ORDER BY d.campaign_id
  ON CONFLICT ("campaign_id", "session") DO UPDATE SET
    "planned" = c."planned" + excluded."planned",
    "claimed" = c."claimed" + excluded."claimed",
    "accepted" = c."accepted" + excluded."accepted",
    "failed" = c."failed" + excluded."failed",
    "unknown" = c."unknown" + excluded."unknown",
    "bounced" = c."bounced" + excluded."bounced",
    "skipped" = c."skipped" + excluded."skipped"
$$;

CREATE FUNCTION "delivery_count_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "campaigns" UUID[];
  "states" delivery_state[];
  "changes" INTEGER[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(s.campaign_id), array_agg(s.state), array_agg(s.change) INTO "campaigns", "states", "changes"
    FROM (SELECT n."campaign_id", n."state", count(*)::int AS change FROM "new_rows" n GROUP BY 1, 2) s;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(s.campaign_id), array_agg(s.state), array_agg(s.change) INTO "campaigns", "states", "changes"
    FROM (SELECT o."campaign_id", o."state", -count(*)::int AS change FROM "old_rows" o GROUP BY 1, 2) s;
  ELSE
    SELECT array_agg(s.campaign_id), array_agg(s.state), array_agg(s.change) INTO "campaigns", "states", "changes"
    FROM (
      SELECT b."campaign_id", b."state", sum(b."change")::int AS change FROM (
        SELECT "campaign_id", "state", 1 AS "change" FROM "new_rows"
        UNION ALL SELECT "campaign_id", "state", -1 FROM "old_rows"
      ) b GROUP BY 1, 2 HAVING sum(b."change") <> 0
    ) s;
  END IF;
  IF "campaigns" IS NOT NULL THEN
    PERFORM "delivery_add_counts"("campaigns", "states", "changes");
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "delivery_count_inserts" AFTER INSERT ON "delivery"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "delivery_count_changes"();
CREATE TRIGGER "delivery_count_updates" AFTER UPDATE ON "delivery"
  REFERENCING OLD TABLE AS "old_rows" NEW TABLE AS "new_rows"
  FOR EACH STATEMENT EXECUTE FUNCTION "delivery_count_changes"();
CREATE TRIGGER "delivery_count_deletes" AFTER DELETE ON "delivery"
  REFERENCING OLD TABLE AS "old_rows" FOR EACH STATEMENT EXECUTE FUNCTION "delivery_count_changes"();

SELECT "delivery_add_counts"(array_agg(s.campaign_id), array_agg(s.state), array_agg(s.n))
FROM (SELECT "campaign_id", "state", count(*)::int AS n FROM "delivery" GROUP BY 1, 2) s
HAVING count(*) > 0;
