-- A login that is the e-mail follows it, unless the login was given as a value of its own.
-- AlterTable
ALTER TABLE "user" ADD COLUMN "login_own" BOOLEAN NOT NULL DEFAULT false;
