-- Of a polled source: ids that it merged into this one, and the id that this one was merged into.
ALTER TABLE "staged_row" ADD COLUMN "aliases" TEXT[],
ADD COLUMN "merged_into" TEXT;
