-- How letters to people of an organization are signed: the name beside the sender's address, and where answers go.
ALTER TABLE "organization"
  ADD COLUMN "mail_name" TEXT,
  ADD COLUMN "reply_to" TEXT;

ALTER TABLE "organization"
  ADD CONSTRAINT "organization_mail_name_is_one_line" CHECK ("mail_name" <> '' AND "mail_name" !~ '[\r\n]'),
  ADD CONSTRAINT "organization_reply_to_is_one_line" CHECK ("reply_to" <> '' AND "reply_to" !~ '[\r\n]');
