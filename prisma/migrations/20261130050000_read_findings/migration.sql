-- What the read of a file found that only its plan can judge: words for nothing such as NULL, and
-- rows without a name. Null: the read found nothing, or was made before this column.
ALTER TABLE "run" ADD COLUMN "findings" JSONB;
