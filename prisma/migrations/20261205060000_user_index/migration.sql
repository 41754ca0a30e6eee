-- An index of users for searches, sorts and filters. The worker fills it after the writes, so that an import
-- does not wait for it. Users whose row in it is missing or old stand in "user_unindexed".

-- CreateTable
CREATE TABLE "user_index" (
    "user_id" UUID NOT NULL,
    "grams" INTEGER[],
    "last_name" TEXT COLLATE "und-x-icu",
    "first_name" TEXT COLLATE "und-x-icu",
    "display_name" TEXT COLLATE "und-x-icu",
    "department" TEXT COLLATE "und-x-icu",
    "location" TEXT COLLATE "und-x-icu",
    "job_title" TEXT COLLATE "und-x-icu",
    "hire_date" DATE,
    "leave_date" DATE,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "deactivated_at" TIMESTAMPTZ(3),
    "searched" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "user_index_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "user_unindexed" (
    "n" BIGSERIAL NOT NULL,
    "first_id" UUID,
    "last_id" UUID,
    "ids" UUID[],
    "users" INTEGER NOT NULL,
    "noted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_unindexed_pkey" PRIMARY KEY ("n")
);

CREATE INDEX "user_index_grams_idx" ON "user_index" USING GIN ("grams");
CREATE INDEX "user_index_last_name_idx" ON "user_index"("last_name", "user_id");
CREATE INDEX "user_index_first_name_idx" ON "user_index"("first_name", "user_id");
CREATE INDEX "user_index_display_name_idx" ON "user_index"("display_name", "user_id");
CREATE INDEX "user_index_department_idx" ON "user_index"("department", "user_id");
CREATE INDEX "user_index_location_idx" ON "user_index"("location", "user_id");
CREATE INDEX "user_index_job_title_idx" ON "user_index"("job_title", "user_id");
CREATE INDEX "user_index_hire_date_idx" ON "user_index"("hire_date", "user_id");
CREATE INDEX "user_index_leave_date_idx" ON "user_index"("leave_date", "user_id");
CREATE INDEX "user_index_created_at_idx" ON "user_index"("created_at", "user_id");
CREATE INDEX "user_index_deactivated_at_idx" ON "user_index"("deactivated_at", "user_id");

-- A text as searches compare it: without case, accents and the difference of letter forms.
CREATE FUNCTION "rollcall_folded"(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  plain text;
BEGIN
  -- ASCII only, as most texts are.
  IF octet_length(given) = char_length(given) THEN
    RETURN lower(given COLLATE "C");
  END IF;
  plain := regexp_replace(normalize(given, NFKD),
    '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+', '', 'g');
  plain := translate(lower(plain COLLATE "und-x-icu"), 'ςøłđðħıŋŧ', 'σolddhint');
  IF plain ~ '[ßæœþ]' THEN
    plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
  END IF;
  RETURN normalize(plain, NFKC);
END $$;

-- What a search looks in.
CREATE FUNCTION "rollcall_searched"("first_name" text, "last_name" text, "display_name" text, "code" text,
  "login_key" text, "email_key" text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  texts text := coalesce("first_name", '') || E'\n' || coalesce("last_name", '')
    || E'\n' || coalesce("display_name", '') || E'\n' || coalesce("code", '')
    || CASE WHEN "login_key" IS DISTINCT FROM "email_key" THEN E'\n' || coalesce("login_key", '') ELSE '' END
    || E'\n' || coalesce("email_key", '');
BEGIN
  IF octet_length(texts) = char_length(texts) THEN
    RETURN lower(texts COLLATE "C");
  END IF;
  RETURN rollcall_folded(texts);
END $$;

-- The pattern of LIKE for texts with a word.
CREATE FUNCTION "rollcall_pattern"(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT '%' || regexp_replace(rollcall_folded(word), '([\\%_])', '\\\1', 'g') || '%'
$$;

-- The grams of a folded text: each three bytes of its UTF-8 in a row; with "pairs" each two bytes, too. A text
-- that has a word has all grams of that word, so an index of grams finds any part of a word in any script.
CREATE FUNCTION "rollcall_grams"(folded text, pairs boolean) RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array(
    SELECT (get_byte(b, i) << 16) | (get_byte(b, i + 1) << 8) | get_byte(b, i + 2)
    FROM generate_series(0, octet_length(b) - 3) i
    UNION ALL
    SELECT 16777216 | (get_byte(b, i) << 8) | get_byte(b, i + 1)
    FROM generate_series(0, octet_length(b) - 2) i
    WHERE pairs OR octet_length(b) = 2)
  FROM (SELECT convert_to(folded, 'UTF8') OFFSET 0) t(b)
$$;

-- Of a folded text, each word and the word without each of its letters. Two words that differ by one letter
-- more, less, other or swapped have one of these in common. Words have 4 to 30 letters.
CREATE FUNCTION "rollcall_typo_grams"(folded text) RETURNS integer[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array(
    SELECT hashtext('~' || left(w.word, i - 1) || substr(w.word, i + 1)) | 33554432
    FROM (
      SELECT DISTINCT word FROM string_to_table(translate(folded, E'-_.,;:"/()\n\t', repeat(' ', 12)), ' ') word
      WHERE char_length(word) BETWEEN 4 AND 30
    ) w, generate_series(1, char_length(w.word) + 1) i)
$$;

-- The gram of an attribute that equals a value.
CREATE FUNCTION "rollcall_equal_gram"(attribute text, value text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT hashtext(attribute || '=' || value) | 33554432
$$;

-- The users whose row in the index is missing or old, as the statement that asks sees them; with a number, only
-- the latest notes of so many users together. A function of its own, so that a plan counts on few: as a rule
-- there are none.
CREATE FUNCTION "rollcall_unindexed"(at_most bigint) RETURNS SETOF uuid LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
  RETURN QUERY
    WITH noted AS (
      SELECT n.* FROM (SELECT *, sum("users") OVER (ORDER BY "n" DESC) AS upto FROM "user_unindexed") n
      WHERE at_most IS NULL OR n.upto <= at_most
    )
    SELECT unnest(n."ids") FROM noted n
    UNION
    SELECT u."id" FROM noted n JOIN "user" u ON u."id" BETWEEN n."first_id" AND n."last_id";
END $$;

-- Notes the users of a statement in one row: by their ids, or by the first and the last id, because the ids of
-- the new users of a run lie side by side.
CREATE FUNCTION "user_note_unindexed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  written integer;
BEGIN
  SELECT count(*) INTO written FROM "new_rows";
  IF written = 0 THEN
    RETURN NULL;
  ELSIF TG_OP = 'INSERT' AND written > 100 THEN
    INSERT INTO "user_unindexed" ("first_id", "last_id", "users")
    SELECT min(n."id"::text COLLATE "C")::uuid, max(n."id"::text COLLATE "C")::uuid, written FROM "new_rows" n;
  ELSE
    INSERT INTO "user_unindexed" ("ids", "users")
    SELECT array_agg(n."id"), written FROM "new_rows" n;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "user_note_unindexed_new" AFTER INSERT ON "user"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "user_note_unindexed"();
CREATE TRIGGER "user_note_unindexed" AFTER UPDATE ON "user"
  REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "user_note_unindexed"();

-- The users of before.
INSERT INTO "user_unindexed" ("first_id", "last_id", "users")
SELECT '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', count(*)
FROM "user" HAVING count(*) > 0;
