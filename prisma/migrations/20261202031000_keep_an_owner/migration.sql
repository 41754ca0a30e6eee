-- There is always an owner who may act: neither disabled, nor linked to a user who is not active. Two who
-- take it from each other at once wait for each other at the lock, and the second one is refused.
CREATE FUNCTION "admin_keep_an_owner"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'user' THEN
    -- Nearly every person who is deactivated is no admin.
    IF NOT EXISTS (SELECT FROM "admin" a WHERE a."user_id" = NEW."id" AND a."level" = 'owner'
        AND a."disabled_at" IS NULL) THEN
      RETURN NULL;
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('rollcall.admins'));
  IF NOT EXISTS (
    SELECT FROM "admin" a LEFT JOIN "user" u ON u."id" = a."user_id"
    WHERE a."level" = 'owner' AND a."disabled_at" IS NULL
      AND (a."user_id" IS NULL OR u."status" = 'active')
  ) THEN
    RAISE EXCEPTION 'the last owner who may act stays'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'admin_keeps_an_owner';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "user_keep_an_owner" AFTER UPDATE OF "status" ON "user" FOR EACH ROW
  WHEN (OLD."status" = 'active' AND NEW."status" <> 'active')
  EXECUTE FUNCTION "admin_keep_an_owner"();
CREATE TRIGGER "admin_keep_an_owner" AFTER UPDATE OR DELETE ON "admin" FOR EACH ROW
  WHEN (OLD."level" = 'owner')
  EXECUTE FUNCTION "admin_keep_an_owner"();

-- Receivers that asked for everything there was get the alerts about tokens, too.
UPDATE "alert_target" SET "events" = "events" || ARRAY['token_ending', 'token_recovered']
  WHERE "events" @> ARRAY['held', 'quarantined', 'failed', 'overdue', 'conflicts']::text[];
