-- People whom a named list had in rows without a number: they have no identity by which it could miss them.
CREATE TABLE "list_person" (
  "source_id" UUID NOT NULL,
  "user_id" UUID NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "list_person_pkey" PRIMARY KEY ("source_id", "user_id"),
  CONSTRAINT "list_person_source_id_fkey" FOREIGN KEY ("source_id") REFERENCES "source"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "list_person_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "list_person_user_id_idx" ON "list_person"("user_id");

INSERT INTO "list_person" ("source_id", "user_id")
SELECT r."source_id", u."id"
FROM "user" u
JOIN "run" r ON r."id" = u."created_run_id" AND r."kind" = 'import'
JOIN "source" s ON s."id" = r."source_id" AND s."kind" = 'list'
WHERE NOT EXISTS (
  SELECT FROM "identity" i WHERE i."source_id" = r."source_id" AND i."user_id" = u."id"
);
