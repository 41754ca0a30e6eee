-- When the rows, the plan and the messages of the run were removed; what it counted stays.
ALTER TABLE "run" ADD COLUMN "forgotten_at" TIMESTAMPTZ(3);
