-- What keeps merges whole, refused by the database itself.

-- A user is merged exactly while one open merge has absorbed it: judged at commit, of both tables.
CREATE FUNCTION "user_is_merged_by_its_merge"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who uuid;
BEGIN
  IF TG_TABLE_NAME = 'user' THEN
    who := NEW."id";
  ELSIF TG_OP = 'DELETE' THEN
    who := OLD."absorbed_id";
  ELSE
    who := NEW."absorbed_id";
  END IF;
  -- The unique index "merge_open_key" leaves one open merge at most.
  IF (SELECT u."status" = 'merged' FROM "user" u WHERE u."id" = who) IS DISTINCT FROM
     EXISTS (SELECT FROM "merge" m WHERE m."absorbed_id" = who AND m."unmerged_at" IS NULL) THEN
    RAISE EXCEPTION 'user % must be merged exactly while a merge has absorbed it', who
      USING ERRCODE = 'check_violation', CONSTRAINT = 'user_merged_has_its_merge';
  END IF;
  RETURN NULL;
END $$;

-- Two triggers, so that the condition of each is judged before anything is queued: an import pays nothing.
CREATE CONSTRAINT TRIGGER "user_merged_has_its_merge_new" AFTER INSERT ON "user"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW."status" = 'merged') EXECUTE FUNCTION "user_is_merged_by_its_merge"();
CREATE CONSTRAINT TRIGGER "user_merged_has_its_merge" AFTER UPDATE OF "status" ON "user"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((NEW."status" = 'merged') <> (OLD."status" = 'merged'))
  EXECUTE FUNCTION "user_is_merged_by_its_merge"();
CREATE CONSTRAINT TRIGGER "merge_has_its_merged_user" AFTER INSERT OR UPDATE OR DELETE ON "merge"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "user_is_merged_by_its_merge"();

-- As before, by two looks at an index each: the join of all merged users took longer with each of them.
CREATE OR REPLACE FUNCTION "user_refuse_chain"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  into_id uuid;
BEGIN
  SELECT u."merged_into_id" INTO into_id FROM "user" u WHERE u."id" = NEW."id";
  IF into_id IS NOT NULL AND (
    EXISTS (SELECT FROM "user" s WHERE s."id" = into_id AND s."merged_into_id" IS NOT NULL)
    OR EXISTS (SELECT FROM "user" a WHERE a."merged_into_id" = NEW."id")
  ) THEN
    RAISE EXCEPTION 'user % would be part of a chain of merged users', NEW."id"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'user_merged_chain';
  END IF;
  RETURN NULL;
END $$;

-- No enrollment and no credit lands on an absorbed account. A writer waits at its foreign key for a merge that
-- holds the user (`for update`), and comes here after it, with a new snapshot: triggers of a statement run
-- after those of its rows, and "enrollment_refuse_merged" after "RI_ConstraintTrigger…", by name.
CREATE FUNCTION "row_refuse_merged_users"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who uuid;
BEGIN
  SELECT u."id" INTO who FROM "user" u
  WHERE u."merged_into_id" IS NOT NULL AND u."id" IN (SELECT n."user_id" FROM "new_rows" n) LIMIT 1;
  IF who IS NOT NULL THEN
    RAISE EXCEPTION 'user % is merged: a row of % must go to the survivor', who, TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'row_of_merged_user';
  END IF;
  RETURN NULL;
END $$;

-- Only merges and unmerges change the user of a row, so other updates cost a comparison. (A trigger with a
-- list of columns can have no transition table.)
CREATE FUNCTION "row_refuse_merged_user"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "user" u WHERE u."id" = NEW."user_id" AND u."merged_into_id" IS NOT NULL) THEN
    RAISE EXCEPTION 'user % is merged: a row of % must go to the survivor', NEW."user_id", TG_TABLE_NAME
      USING ERRCODE = 'check_violation', CONSTRAINT = 'row_of_merged_user';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "enrollment_refuse_merged" AFTER INSERT ON "enrollment"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "row_refuse_merged_users"();
CREATE TRIGGER "enrollment_refuse_merged_owner" AFTER UPDATE OF "user_id" ON "enrollment" FOR EACH ROW
  WHEN (NEW."user_id" <> OLD."user_id") EXECUTE FUNCTION "row_refuse_merged_user"();
CREATE TRIGGER "external_credit_refuse_merged" AFTER INSERT ON "external_credit"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "row_refuse_merged_users"();
CREATE TRIGGER "external_credit_refuse_merged_owner" AFTER UPDATE OF "user_id" ON "external_credit" FOR EACH ROW
  WHEN (NEW."user_id" <> OLD."user_id") EXECUTE FUNCTION "row_refuse_merged_user"();
