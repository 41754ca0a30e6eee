-- States that no code should reach, refused by the database as well. Nothing of this is a foreign key
-- on the rows of a run (identity, plan_entry, staged_row), where each costs a trigger's call a row.
-- That a run is never deleted keeps their references whole.

-- Nobody is merged into somebody who is merged: judged at commit, so that a whole chain can be moved.
CREATE FUNCTION "user_refuse_chain"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "user" a JOIN "user" s ON s."id" = a."merged_into_id"
             WHERE (a."id" = NEW."id" OR s."id" = NEW."id") AND s."merged_into_id" IS NOT NULL) THEN
    RAISE EXCEPTION 'user % would be part of a chain of merged users', NEW."id"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'user_merged_chain';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER "user_refuse_chain" AFTER INSERT OR UPDATE ON "user"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW."merged_into_id" IS NOT NULL) EXECUTE FUNCTION "user_refuse_chain"();

-- A fence only grows, and a run stays for as long as there is a trace of it.
CREATE FUNCTION "run_refuse_write"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'runs are never deleted (%)', OLD."id"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'run_is_never_deleted';
  END IF;
  RAISE EXCEPTION 'the fence of run % would go back from % to %', OLD."id", OLD."fence", NEW."fence"
    USING ERRCODE = 'check_violation', CONSTRAINT = 'run_fence_only_grows';
END $$;

CREATE TRIGGER "run_refuse_delete" BEFORE DELETE ON "run" FOR EACH ROW
  EXECUTE FUNCTION "run_refuse_write"();
CREATE TRIGGER "run_refuse_fence" BEFORE UPDATE ON "run" FOR EACH ROW
  WHEN (NEW."fence" < OLD."fence") EXECUTE FUNCTION "run_refuse_write"();

CREATE FUNCTION "refuse_truncate"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the table % is never emptied', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_never_emptied';
END $$;

CREATE TRIGGER "user_refuse_truncate" BEFORE TRUNCATE ON "user"
  EXECUTE FUNCTION "refuse_truncate"();
CREATE TRIGGER "identity_refuse_truncate" BEFORE TRUNCATE ON "identity"
  EXECUTE FUNCTION "refuse_truncate"();
CREATE TRIGGER "run_refuse_truncate" BEFORE TRUNCATE ON "run"
  EXECUTE FUNCTION "refuse_truncate"();
CREATE TRIGGER "audit_event_refuse_truncate" BEFORE TRUNCATE ON "audit_event"
  EXECUTE FUNCTION "refuse_truncate"();

UPDATE "user" SET "deactivated_at" = "updated_at" WHERE "status" = 'inactive' AND "deactivated_at" IS NULL;

ALTER TABLE "user"
  DROP CONSTRAINT "user_keys_are_not_empty",
  ADD CONSTRAINT "user_keys_are_not_empty" CHECK
    (btrim("code") <> '' AND btrim("login_key") <> '' AND btrim("email_key") <> ''),
  DROP CONSTRAINT "user_active_is_not_deactivated",
  ADD CONSTRAINT "user_inactive_has_its_date" CHECK
    ("status" = 'merged' OR ("status" = 'active') = ("deactivated_at" IS NULL)),
  ADD CONSTRAINT "user_deactivated_reason_has_its_date" CHECK
    ("deactivated_reason" IS NULL OR "deactivated_at" IS NOT NULL),
  ADD CONSTRAINT "user_dates_are_finite" CHECK (isfinite("hire_date") AND isfinite("leave_date")),
  ADD CONSTRAINT "user_sticky_names_fields" CHECK (array_position("sticky", NULL) IS NULL);

ALTER TABLE "run"
  ADD CONSTRAINT "run_refers_to_another" CHECK ("undo_of_id" <> "id" AND "retry_of_id" <> "id");

ALTER TABLE "entry_outcome" ADD CONSTRAINT "entry_outcome_run_id_fkey"
  FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "run_message" ADD CONSTRAINT "run_message_run_id_fkey"
  FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
ALTER TABLE "source" ADD CONSTRAINT "source_last_good_run_id_fkey"
  FOREIGN KEY ("last_good_run_id") REFERENCES "run"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
