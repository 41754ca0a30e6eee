-- Statistics of the table of identities, for the role of the worker, which owns nothing. Without them the
-- planner expects one identity of a source that is new, and looks through all of them for each person.
CREATE FUNCTION "rollcall_analyze_identities"() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  ANALYZE public.identity;
END $$;
REVOKE ALL ON FUNCTION "rollcall_analyze_identities"() FROM PUBLIC;

-- A source with a few per cent of all people counts, too; the default waits for a tenth of the table.
ALTER TABLE "identity" SET (autovacuum_analyze_scale_factor = 0.01);
