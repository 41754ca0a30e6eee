-- What happened, as facts: the sentence is made where it is shown. Messages stored before have a
-- sentence and no facts.
ALTER TABLE "run_message" ALTER COLUMN "message" DROP NOT NULL;
ALTER TABLE "run_message" ADD COLUMN "facts" JSONB;
