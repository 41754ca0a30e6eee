-- Of a file whose list chooses among several rows of a person by a column: the row has the value.
ALTER TABLE "staged_row" ADD COLUMN "preferred" BOOLEAN;
