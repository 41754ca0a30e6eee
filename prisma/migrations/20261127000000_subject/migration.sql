-- What the rows of the run are about. Every run before this one is of users.
ALTER TABLE "run" ADD COLUMN "subject" TEXT NOT NULL DEFAULT 'users';
