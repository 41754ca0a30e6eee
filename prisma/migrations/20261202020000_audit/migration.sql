-- Through which door and with which token somebody acted, and why an entry of a run was made (a code).
ALTER TABLE "audit_event"
  ADD COLUMN "door" TEXT,
  ADD COLUMN "token_id" UUID,
  ADD COLUMN "reason" TEXT;

-- What an event changed, apart from the event, so that the values of a person can be erased. Without
-- a foreign key: events stay for ever, and a bulk change writes 100,000 of them at once.
CREATE TABLE "audit_value" (
    "event_id" BIGINT NOT NULL,
    "field" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_value_pkey" PRIMARY KEY ("event_id", "field")
);

CREATE INDEX "audit_event_at_idx" ON "audit_event"("at", "id");
CREATE INDEX "audit_event_actor_idx" ON "audit_event"("actor_id", "at", "id");
CREATE INDEX "audit_event_action_idx" ON "audit_event"("action", "at", "id");

-- Events are written once. The triggers are for roles that the database lets write: the owner of the
-- tables, and superusers. They fire in every session, also where `session_replication_role` turns
-- others off, and before a row is looked for.
CREATE FUNCTION "audit_refuse_write"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is refused: rows of % are never changed', lower(TG_OP), TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_is_never_changed';
END $$;

CREATE TRIGGER "audit_event_refuse_write" BEFORE UPDATE OR DELETE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_write"();
CREATE TRIGGER "audit_value_refuse_write" BEFORE UPDATE ON "audit_value"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse_write"();
CREATE TRIGGER "audit_value_refuse_truncate" BEFORE TRUNCATE ON "audit_value"
  EXECUTE FUNCTION "refuse_truncate"();
ALTER TABLE "audit_event" ENABLE ALWAYS TRIGGER "audit_event_refuse_write";
ALTER TABLE "audit_event" ENABLE ALWAYS TRIGGER "audit_event_refuse_truncate";
ALTER TABLE "audit_value" ENABLE ALWAYS TRIGGER "audit_value_refuse_write";
ALTER TABLE "audit_value" ENABLE ALWAYS TRIGGER "audit_value_refuse_truncate";
