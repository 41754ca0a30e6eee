-- A run that applies the resolved rows of a sync has no file: its rows are copies of those of the sync.
ALTER TABLE "run" DROP CONSTRAINT "run_import_has_a_file";
ALTER TABLE "run" ADD CONSTRAINT "run_import_has_a_file"
  CHECK ("kind" <> 'import' OR "file_id" IS NOT NULL OR "retry_of_id" IS NOT NULL);
