-- Runs that wait for something, and applied ones with rows that did not go through: a handful among
-- the runs of years. `rollcall todo` asks for them.
-- A migration of indexes alone may run twice: one that was killed shows nothing that says whether it was
-- committed (store/database/migrate.ts).
CREATE INDEX IF NOT EXISTS "run_open_idx" ON "run"("state", "id") WHERE (state <> ALL (ARRAY['done'::run_state, 'rejected'::run_state, 'cancelled'::run_state]));

CREATE INDEX IF NOT EXISTS "run_faulty_idx" ON "run"("source_id", "id") WHERE (state = 'done'::run_state AND ((counts ->> 'error')::int > 0 OR (counts ->> 'conflict')::int > 0));

-- What came after a run: its undo, and its retries.
CREATE INDEX IF NOT EXISTS "run_undo_of_id_idx" ON "run"("undo_of_id") WHERE (undo_of_id IS NOT NULL);

CREATE INDEX IF NOT EXISTS "run_retry_of_id_idx" ON "run"("retry_of_id") WHERE (retry_of_id IS NOT NULL);
