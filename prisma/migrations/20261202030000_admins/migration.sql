-- Admins that are linked to a user or disabled, and tokens that have a readable beginning and an end.
-- AlterTable
ALTER TABLE "admin" ADD COLUMN "user_id" UUID,
ADD COLUMN "disabled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "api_token" ADD COLUMN "prefix" TEXT,
ADD COLUMN "expires_at" TIMESTAMPTZ(3),
ADD COLUMN "last_used_at" TIMESTAMPTZ(3);

-- No build could make a token before this one: a row that is there was written by hand.
UPDATE "api_token" SET "prefix" = "id"::text, "expires_at" = "created_at" + interval '90 days';
ALTER TABLE "api_token" ALTER COLUMN "prefix" SET NOT NULL,
ALTER COLUMN "expires_at" SET NOT NULL;

-- CreateIndex
CREATE UNIQUE INDEX "admin_user_id_key" ON "admin"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_prefix_key" ON "api_token"("prefix");

-- CreateIndex
CREATE INDEX "api_token_admin_id_idx" ON "api_token"("admin_id");

-- AddForeignKey
ALTER TABLE "admin" ADD CONSTRAINT "admin_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;
