-- Batches of a plan may be applied by several transactions at once, where the order of the entries does not
-- matter: after "ordered_through" (null: planned by an older build, everything in its order). What is applied
-- beyond "applied_through", by a transaction that ended before an earlier one, are ranges of entries.
ALTER TABLE "run"
  ADD COLUMN "ordered_through" INTEGER,
  ADD COLUMN "applied_beyond" INT4MULTIRANGE NOT NULL DEFAULT '{}'::int4multirange;

ALTER TABLE "run"
  DROP CONSTRAINT "run_dry_is_never_applied",
  ADD CONSTRAINT "run_dry_is_never_applied" CHECK
    (NOT "dry_run" OR "applied_through" = 0 AND isempty("applied_beyond")),
  ADD CONSTRAINT "run_done_leaves_no_gap" CHECK ("state" <> 'done' OR isempty("applied_beyond")),
  ADD CONSTRAINT "run_applies_within_its_plan" CHECK
    (isempty("applied_beyond")
      OR lower("applied_beyond") > "applied_through" + 1 AND upper("applied_beyond") <= "entries" + 1);
