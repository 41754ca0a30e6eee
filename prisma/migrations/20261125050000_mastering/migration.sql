-- Which source decides a field where several know a person.
CREATE TABLE "mastering" (
    "field" TEXT NOT NULL,
    "position" SMALLINT NOT NULL,
    "source_id" UUID NOT NULL,

    CONSTRAINT "mastering_pkey" PRIMARY KEY ("field","position")
);

-- AlterTable
ALTER TABLE "identity" ADD COLUMN "opinions" TEXT[];

-- CreateIndex
CREATE UNIQUE INDEX "mastering_source_id_field_key" ON "mastering"("source_id", "field");

-- AddForeignKey
ALTER TABLE "mastering" ADD CONSTRAINT "mastering_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE CASCADE ON UPDATE RESTRICT;
