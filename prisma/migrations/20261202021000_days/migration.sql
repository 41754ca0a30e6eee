-- Partitions are tables, and only their owner can make, drop or analyze them. These functions do it for
-- the worker's role, which owns nothing: they run as the owner of the tables, take a day (UTC) and nothing
-- else, and look nothing up by a path that the caller chooses. "db migrate" lets the worker's role call them.

-- The smallest id (uuid v7) of a day.
CREATE FUNCTION "rollcall_day_id"("day" DATE) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  SELECT (substr(h.hex, 1, 8) || '-' || substr(h.hex, 9) || '-0000-0000-000000000000')::uuid
  FROM (SELECT lpad(to_hex(extract(epoch FROM greatest("day", date '1970-01-01'))::bigint * 1000), 12, '0') AS hex) h
$$;

-- Makes the partitions of a day that are missing. Made apart and then attached, which locks out no reader
-- or writer of the others.
CREATE FUNCTION "rollcall_add_day"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "parent" TEXT;
  "part" TEXT;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rollcall.partitions'));
  FOREACH "parent" IN ARRAY ARRAY['staged_row', 'plan_entry'] LOOP
    "part" := "parent" || '_' || to_char("day", 'YYYYMMDD');
    -- Looked up in the tables: names are cached per session, and a session that looked before another one
    -- made the partition still believes that it does not exist.
    CONTINUE WHEN EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = ('public.' || "parent")::regclass AND c.relname = "part");
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', "part", "parent");
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
      "parent", "part", public.rollcall_day_id("day"), public.rollcall_day_id("day" + 1));
  END LOOP;
END $$;

-- Drops the partitions of a day. Refused while one of its runs has its plan, is open, or is the base of an
-- open run.
CREATE FUNCTION "rollcall_drop_day"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  "open" CONSTANT TEXT[] := ARRAY['waiting', 'running', 'retrying', 'held'];
  "part" TEXT;
BEGIN
  IF EXISTS (SELECT FROM public.run r
    WHERE r.id >= public.rollcall_day_id("day") AND r.id < public.rollcall_day_id("day" + 1)
      AND (r.forgotten_at IS NULL OR r.active OR r.state::text = ANY("open")
        OR EXISTS (SELECT FROM public.run o
          WHERE (o.undo_of_id = r.id OR o.retry_of_id = r.id) AND o.state::text = ANY("open")))) THEN
    RAISE EXCEPTION 'runs of % still need their plans', "day"
      USING ERRCODE = 'check_violation', CONSTRAINT = 'day_is_needed';
  END IF;
  FOR "part" IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('public.staged_row'::regclass, 'public.plan_entry'::regclass)
      AND c.relname IN ('staged_row_' || to_char("day", 'YYYYMMDD'), 'plan_entry_' || to_char("day", 'YYYYMMDD'))
    ORDER BY c.relname DESC
  LOOP
    EXECUTE format('DROP TABLE public.%I', "part");
  END LOOP;
END $$;

-- Statistics of the rows and of the plans of a day: only an owner can analyze a table (before Postgres 17).
CREATE FUNCTION "rollcall_analyze_rows"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ANALYZE public.%I (run_id, line, external_id, code, login_key, email_key, code_key, '
    'manager_ref, faults, clears, key_readable)', 'staged_row_' || to_char("day", 'YYYYMMDD'));
END $$;

CREATE FUNCTION "rollcall_analyze_plans"("day" DATE) RETURNS void
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ANALYZE public.%I', 'plan_entry_' || to_char("day", 'YYYYMMDD'));
END $$;

REVOKE ALL ON FUNCTION "rollcall_day_id"(DATE), "rollcall_add_day"(DATE), "rollcall_drop_day"(DATE),
  "rollcall_analyze_rows"(DATE), "rollcall_analyze_plans"(DATE) FROM PUBLIC;
