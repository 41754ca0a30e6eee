-- What people are from the day on that their source named, and the day on which that ends.
ALTER TABLE "identity" ADD COLUMN "due_status" "user_status",
ADD COLUMN "due_then" DATE;

-- AlterTable
ALTER TABLE "staged_row" ADD COLUMN "due_status" "user_status",
ADD COLUMN "due_then" DATE;

-- AlterEnum
ALTER TYPE "run_kind" ADD VALUE 'due';

-- Written by hand from here on.

-- Known before: whoever is active leaves on the day, the others come.
UPDATE "identity" i SET "due_status" = CASE WHEN u."status" = 'active' THEN 'inactive'::"user_status" ELSE 'active' END
FROM "user" u WHERE u."id" = i."user_id" AND i."due_on" IS NOT NULL;

ALTER TABLE "identity" ADD CONSTRAINT "identity_due_is_whole" CHECK
  (("due_on" IS NULL) = ("due_status" IS NULL) AND ("due_then" IS NULL OR "due_then" >= "due_on"));
