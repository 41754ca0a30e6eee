-- Saved filters belong to an admin and are private to that admin, or shared by all.
ALTER TABLE "saved_filter" ADD COLUMN "owner_id" UUID,
  ADD COLUMN "shared" BOOLEAN NOT NULL DEFAULT false;

-- Until now everybody used the same ones; the owner that set-up made keeps them.
UPDATE "saved_filter" SET "owner_id" = '00000000-0000-7000-8000-0000000000aa', "shared" = true;
ALTER TABLE "saved_filter" ALTER COLUMN "owner_id" SET NOT NULL;
ALTER TABLE "saved_filter" ADD CONSTRAINT "saved_filter_owner_id_fkey" FOREIGN KEY ("owner_id")
  REFERENCES "admin"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- A name means one thing to each admin, except that an own private filter goes before a shared one.
DROP INDEX "saved_filter_name_key";
CREATE UNIQUE INDEX "saved_filter_shared_name_key" ON "saved_filter"("name") WHERE "shared";
CREATE UNIQUE INDEX "saved_filter_owner_name_key" ON "saved_filter"("owner_id", "name");
