-- A column that was added with a default is filled in where a row from before it is read. While a table has
-- such a column, Postgres computes each row of a scan that is joined, instead of passing it on. Each of these
-- statements writes its table once more, after which no row lacks the column.
ALTER TABLE "user" ALTER COLUMN "login_own" SET DATA TYPE BOOLEAN USING ("login_own" IS TRUE);
ALTER TABLE "identity" ALTER COLUMN "missing_reads" SET DATA TYPE SMALLINT USING ("missing_reads" + 0::SMALLINT);
