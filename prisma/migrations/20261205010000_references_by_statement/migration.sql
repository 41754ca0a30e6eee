-- The references of "user" and "identity" are checked once for each statement. Their foreign keys looked each
-- row up by itself and locked the row that it refers to: a third of the time in which an import brings people.
-- A foreign key locks because that row may go, or change its id. These rows do neither, and the database
-- refuses it: so a reference that was found once stays whole.

CREATE FUNCTION "referred_row_stays"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'rows of % are never deleted (%)', TG_TABLE_NAME, OLD."id"
      USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_never_deleted';
  END IF;
  RAISE EXCEPTION 'a row of % keeps its id (%)', TG_TABLE_NAME, OLD."id"
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_keeps_its_id';
END $$;

CREATE TRIGGER "organization_refuse_delete" BEFORE DELETE ON "organization" FOR EACH ROW
  EXECUTE FUNCTION "referred_row_stays"();
CREATE TRIGGER "organization_keep_id" AFTER UPDATE ON "organization" FOR EACH ROW
  WHEN (NEW."id" <> OLD."id") EXECUTE FUNCTION "referred_row_stays"();
CREATE TRIGGER "organization_refuse_truncate" BEFORE TRUNCATE ON "organization"
  EXECUTE FUNCTION "refuse_truncate"();
CREATE TRIGGER "source_refuse_delete" BEFORE DELETE ON "source" FOR EACH ROW
  EXECUTE FUNCTION "referred_row_stays"();
CREATE TRIGGER "source_keep_id" AFTER UPDATE ON "source" FOR EACH ROW
  WHEN (NEW."id" <> OLD."id") EXECUTE FUNCTION "referred_row_stays"();
CREATE TRIGGER "source_refuse_truncate" BEFORE TRUNCATE ON "source"
  EXECUTE FUNCTION "refuse_truncate"();
-- Users are never deleted, and their table is never emptied, since the first migrations.
CREATE TRIGGER "user_keep_id" AFTER UPDATE ON "user" FOR EACH ROW
  WHEN (NEW."id" <> OLD."id") EXECUTE FUNCTION "referred_row_stays"();

-- As a foreign key says it, with the name that it had.
CREATE FUNCTION "refuse_reference"("table" text, "column" text, "value" uuid, "of" text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'insert or update on table "%" violates foreign key constraint "%_%_fkey"',
      "table", "table", "column"
    USING ERRCODE = 'foreign_key_violation', SCHEMA = 'public', TABLE = "table",
      CONSTRAINT = "table" || '_' || "column" || '_fkey',
      DETAIL = format('Key (%s)=(%s) is not present in table "%s".', "column", "value", "of");
END $$;

-- Each value is looked up once, by the index: with a plan that was made while a table was small, a batch of
-- an import would read all of it. Of an update, only values that no row of it had before: a row that had one
-- was checked then.
CREATE FUNCTION "user_references_stand"() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  lost uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT r."id" INTO lost FROM (SELECT DISTINCT "organization_id" AS "id" FROM "new_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."organization" o WHERE o."id" = r."id") IS NULL LIMIT 1;
  ELSE
    SELECT r."id" INTO lost FROM (SELECT "organization_id" AS "id" FROM "new_rows"
      EXCEPT SELECT "organization_id" FROM "old_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."organization" o WHERE o."id" = r."id") IS NULL LIMIT 1;
  END IF;
  IF lost IS NOT NULL THEN
    PERFORM public."refuse_reference"('user', 'organization_id', lost, 'organization');
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT r."id" INTO lost FROM (SELECT DISTINCT "manager_id" AS "id" FROM "new_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  ELSE
    SELECT r."id" INTO lost FROM (SELECT "manager_id" AS "id" FROM "new_rows"
      EXCEPT SELECT "manager_id" FROM "old_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  END IF;
  IF lost IS NOT NULL THEN
    PERFORM public."refuse_reference"('user', 'manager_id', lost, 'user');
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT r."id" INTO lost FROM (SELECT DISTINCT "merged_into_id" AS "id" FROM "new_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  ELSE
    SELECT r."id" INTO lost FROM (SELECT "merged_into_id" AS "id" FROM "new_rows"
      EXCEPT SELECT "merged_into_id" FROM "old_rows") r
    WHERE r."id" IS NOT NULL AND (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  END IF;
  IF lost IS NOT NULL THEN
    PERFORM public."refuse_reference"('user', 'merged_into_id', lost, 'user');
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION "identity_references_stand"() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  lost uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT r."id" INTO lost FROM (SELECT DISTINCT "source_id" AS "id" FROM "new_rows") r
    WHERE (SELECT true FROM public."source" s WHERE s."id" = r."id") IS NULL LIMIT 1;
  ELSE
    SELECT r."id" INTO lost FROM (SELECT "source_id" AS "id" FROM "new_rows"
      EXCEPT SELECT "source_id" FROM "old_rows") r
    WHERE (SELECT true FROM public."source" s WHERE s."id" = r."id") IS NULL LIMIT 1;
  END IF;
  IF lost IS NOT NULL THEN
    PERFORM public."refuse_reference"('identity', 'source_id', lost, 'source');
  END IF;
  IF TG_OP = 'INSERT' THEN
    SELECT r."id" INTO lost FROM (SELECT "user_id" AS "id" FROM "new_rows") r
    WHERE (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  ELSE
    SELECT r."id" INTO lost FROM (SELECT "user_id" AS "id" FROM "new_rows"
      EXCEPT SELECT "user_id" FROM "old_rows") r
    WHERE (SELECT true FROM public."user" u WHERE u."id" = r."id") IS NULL LIMIT 1;
  END IF;
  IF lost IS NOT NULL THEN
    PERFORM public."refuse_reference"('identity', 'user_id', lost, 'user');
  END IF;
  RETURN NULL;
END $$;

-- Two for each table: a trigger with a transition table has one event, and no list of columns.
CREATE TRIGGER "user_references_new" AFTER INSERT ON "user"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "user_references_stand"();
CREATE TRIGGER "user_references_changed" AFTER UPDATE ON "user"
  REFERENCING OLD TABLE AS "old_rows" NEW TABLE AS "new_rows" FOR EACH STATEMENT
  EXECUTE FUNCTION "user_references_stand"();
CREATE TRIGGER "identity_references_new" AFTER INSERT ON "identity"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "identity_references_stand"();
CREATE TRIGGER "identity_references_changed" AFTER UPDATE ON "identity"
  REFERENCING OLD TABLE AS "old_rows" NEW TABLE AS "new_rows" FOR EACH STATEMENT
  EXECUTE FUNCTION "identity_references_stand"();

ALTER TABLE "user"
  DROP CONSTRAINT "user_organization_id_fkey",
  DROP CONSTRAINT "user_manager_id_fkey",
  DROP CONSTRAINT "user_merged_into_id_fkey";
ALTER TABLE "identity"
  DROP CONSTRAINT "identity_source_id_fkey",
  DROP CONSTRAINT "identity_user_id_fkey";
