-- An archived organization takes nobody new, an archived property no new value. What people have stays.
ALTER TABLE "organization" ADD COLUMN "archived_at" TIMESTAMPTZ(3);
ALTER TABLE "property_definition" ADD COLUMN "archived_at" TIMESTAMPTZ(3);
