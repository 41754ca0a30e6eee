-- Which installation this database is: several may share one Temporal namespace. Beside the id stands
-- which database it was made in, so that a copy or a restored dump is noticed.
CREATE TABLE "installation" (
    "id" TEXT NOT NULL,
    "only" BOOLEAN NOT NULL DEFAULT true,
    "system_identifier" TEXT,
    "database_oid" BIGINT NOT NULL,
    "database_name" TEXT NOT NULL,
    "moved_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "installation_only_key" ON "installation"("only");
ALTER TABLE "installation" ADD CONSTRAINT "installation_is_one" CHECK ("only");
ALTER TABLE "installation" ADD CONSTRAINT "installation_id_is_hex" CHECK ("id" ~ '^[0-9a-f]{12}$');

-- A store that an earlier build used has workflows on the queue that all installations shared: its
-- worker moves them at its first start, and `moved_at` is the end of that.
DO $$
DECLARE
  "cluster" TEXT;
BEGIN
  BEGIN
    SELECT "system_identifier"::text INTO "cluster" FROM pg_control_system();
  EXCEPTION WHEN OTHERS THEN
    -- Not every server lets everybody read it.
    "cluster" := NULL;
  END;
  INSERT INTO "installation" ("id", "system_identifier", "database_oid", "database_name", "moved_at")
  SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 12), "cluster", d.oid::bigint, d.datname,
    CASE WHEN NOT EXISTS (SELECT FROM "run") AND NOT EXISTS (SELECT FROM "connection") THEN now() END
  FROM pg_database d WHERE d.datname = current_database();
END $$;
