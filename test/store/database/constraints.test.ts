import { DatabaseError } from 'pg';
import { newId } from '../../../store/database/db';
import { ensurePartitions } from '../../../store/database/partitions';
import { createRun } from '../../../store/runs/runs';
import { CSV_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { testDatabase } from '../../support/postgres';

// The owner of the tables: what it cannot do, nobody can.
const store = testDatabase({ oneRole: true });
const ids = { user: newId(), merged: newId(), run: '', file: newId() };

beforeAll(async () => {
  const { pool } = store.db;
  await pool.query(
    `insert into "user" (id, code, login, login_key, email, email_key) values
    ($1, 'u', 'U', 'u', 'U@x.org', 'u@x.org')`,
    [ids.user],
  );
  await pool.query(
    `with merged as (
       insert into merge (id, survivor_id, absorbed_id, images_removed_at)
       values (gen_random_uuid(), $2, $1, now())
     )
     insert into "user" (id, code, status, merged_into_id) values ($1, 'm', 'merged', $2)`,
    [ids.merged, ids.user],
  );
  await pool.query(
    `insert into organization (id, code, code_key, name) values ($1, 'Org', 'org', 'Org')`,
    [newId()],
  );
  await pool.query(`insert into identity (source_id, external_id, user_id) values ($1, 'u', $2)`, [
    CSV_SOURCE_ID,
    ids.user,
  ]);
  await pool.query(
    `insert into run_file (id, name, bytes, sha256, complete) values ($1, 'f', 0, '', true)`,
    [ids.file],
  );
  const { runId } = await createRun(pool, {
    kind: 'import',
    sourceId: CSV_SOURCE_ID,
    actorId: OWNER_ID,
    options: {},
    dryRun: false,
    fileId: ids.file,
  });
  ids.run = runId;
  await ensurePartitions(pool, runId);
  await pool.query(`insert into staged_row (run_id, line) values ($1, 2)`, [runId]);
});

/** The SQLSTATE and constraint with which the database refuses; the statement changes nothing. */
async function refusal(sql: string): Promise<string> {
  const client = await store.db.pool.connect();
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('set constraints all immediate');
    return 'let through';
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return [error.code, error.constraint ?? error.column].join(' ');
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const user = (columns: string, values: string): string =>
  `insert into "user" (id, ${columns}) values ('${newId()}', ${values})`;
const change = (set: string): string => `update "user" set ${set} where id = '${ids.user}'`;
const runChange = (set: string): string => `update run set ${set} where id = '${ids.run}'`;
const entry = (columns: string, values: string): string =>
  `insert into plan_entry (run_id, entry, matched_by, ${columns}) values ('${ids.run}', 1, 'none', ${values})`;

const UNIQUE = '23505';
const CHECK = '23514';
const FOREIGN = '23503';
const NOBODY = '01900000-0000-7000-8000-000000000000';

function mergeOf(absorbed: string, survivor: string): string {
  return `insert into merge (id, survivor_id, absorbed_id, images_removed_at)
    values (gen_random_uuid(), '${survivor}', '${absorbed}', now())`;
}

const COURSE = `insert into course (id, code, code_key, name) values ('${NOBODY}', 'C', 'c', 'C')`;

function enrollment(userId: string): string {
  return `insert into enrollment (id, user_id, course_id, status)
    values (gen_random_uuid(), '${userId}', '${NOBODY}', 'enrolled')`;
}

function credit(userId: string): string {
  return `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
    values (gen_random_uuid(), '${userId}', 'T', 'P', 1, '2026-01-01', 1)`;
}

test.each<[string, string, () => string]>([
  ['two users with one code', `${UNIQUE} user_code_key`, () => user('code', `'u'`)],
  [
    'two users with one login',
    `${UNIQUE} user_login_key_key`,
    () => user('login, login_key', `'u', 'u'`),
  ],
  [
    'two users with one e-mail',
    `${UNIQUE} user_email_key_key`,
    () => user('email, email_key', `'U@X.org', 'u@x.org'`),
  ],
  ['a user without any key', `${CHECK} user_has_a_key`, () => user('first_name', `'Ann'`)],
  [
    'taking a user’s last key',
    `${CHECK} user_has_a_key`,
    () => change('code = null, login = null, login_key = null, email = null, email_key = null'),
  ],
  [
    'a login without its key',
    `${CHECK} user_login_has_its_key`,
    () => user('code, login', `'x', 'x'`),
  ],
  [
    'a key without its e-mail',
    `${CHECK} user_email_has_its_key`,
    () => user('code, email_key', `'x', 'x'`),
  ],
  ['an empty key', `${CHECK} user_keys_are_not_empty`, () => user('code', `''`)],
  [
    'a merged user without a survivor',
    `${CHECK} user_merged_has_survivor`,
    () => user('code, status', `'x', 'merged'`),
  ],
  [
    'a survivor of a user who is not merged',
    `${CHECK} user_merged_has_survivor`,
    () => change(`merged_into_id = '${ids.merged}'`),
  ],
  [
    'a user merged into itself',
    `${CHECK} user_not_merged_into_itself`,
    () => change(`status = 'merged', merged_into_id = id`),
  ],
  [
    'an active user with a date of deactivation',
    `${CHECK} user_inactive_has_its_date`,
    () => change('deactivated_at = now()'),
  ],
  [
    'a version of nought',
    `${CHECK} user_version_is_positive`,
    () => user('code, version', `'x', 0`),
  ],
  [
    'a version that goes back',
    `${CHECK} user_version_only_grows`,
    () => change('version = version - 1'),
  ],
  [
    'properties that are no object',
    `${CHECK} user_properties_is_an_object`,
    () => change(`properties = '[]'`),
  ],
  [
    'writing to a merged user',
    `${CHECK} user_merged_is_not_written`,
    () => `update "user" set first_name = 'X' where id = '${ids.merged}'`,
  ],
  [
    'deleting a user',
    `${CHECK} user_is_never_deleted`,
    () => `delete from "user" where id = '${ids.merged}'`,
  ],
  [
    'an organization that is not there',
    `${FOREIGN} user_organization_id_fkey`,
    () => change(`organization_id = '${NOBODY}'`),
  ],
  [
    'a manager who is not there',
    `${FOREIGN} user_manager_id_fkey`,
    () => change(`manager_id = '${NOBODY}'`),
  ],
  [
    'one id of a source for two users',
    `${UNIQUE} identity_pkey`,
    () =>
      `insert into identity (source_id, external_id, user_id) values ('${CSV_SOURCE_ID}', 'u', '${ids.merged}')`,
  ],
  [
    'an empty id',
    `${CHECK} identity_external_id_is_not_empty`,
    () =>
      `insert into identity (source_id, external_id, user_id) values ('${CSV_SOURCE_ID}', '', '${ids.user}')`,
  ],
  [
    'an identity of nobody',
    `${FOREIGN} identity_user_id_fkey`,
    () =>
      `insert into identity (source_id, external_id, user_id) values ('${CSV_SOURCE_ID}', 'x', '${NOBODY}')`,
  ],
  [
    'an identity of no source',
    `${FOREIGN} identity_source_id_fkey`,
    () =>
      `insert into identity (source_id, external_id, user_id) values ('${NOBODY}', 'x', '${ids.user}')`,
  ],
  [
    'two organizations with one code',
    `${UNIQUE} organization_code_key_key`,
    () =>
      `insert into organization (id, code, code_key, name) values ('${newId()}', 'ORG', 'org', 'x')`,
  ],
  [
    'an organization with an empty code',
    `${CHECK} organization_code_is_not_empty`,
    () => `insert into organization (id, code, code_key, name) values ('${newId()}', ' ', '', 'x')`,
  ],
  [
    'a property with a name that no filter could say',
    `${CHECK} property_definition_key_form`,
    () => `insert into property_definition (key, name, type) values ('1 x', 'x', 'text')`,
  ],
  [
    'two sources of one name',
    `${UNIQUE} source_name_key`,
    () => `insert into source (id, name, kind) values ('${newId()}', 'csv', 'list')`,
  ],
  [
    'a done run that is not finished',
    `${CHECK} run_final_is_finished`,
    () => runChange(`state = 'failed'`),
  ],
  [
    'a running run that is finished',
    `${CHECK} run_final_is_finished`,
    () => runChange(`state = 'running', finished_at = now()`),
  ],
  [
    'a finished run that has the slot',
    `${CHECK} run_final_is_not_active`,
    () => runChange(`state = 'failed', finished_at = now(), active = true`),
  ],
  [
    'more applied than planned',
    `${CHECK} run_applies_what_was_planned`,
    () => runChange('applied_through = 1'),
  ],
  [
    'a plan of nothing staged',
    `${CHECK} run_is_staged_before_planned`,
    () => runChange('planned_at = now()'),
  ],
  [
    'done without being applied',
    `${CHECK} run_done_is_applied`,
    () => runChange(`state = 'done', finished_at = now()`),
  ],
  [
    'a dry run that writes',
    `${CHECK} run_dry_is_never_applied`,
    () => runChange('dry_run = true, entries = 1, applied_through = 1'),
  ],
  ['an undo of nothing', `${CHECK} run_undo_names_its_run`, () => runChange(`kind = 'undo'`)],
  ['an import without a file', `${CHECK} run_import_has_a_file`, () => runChange('file_id = null')],
  [
    'a run of a source that is not there',
    `${FOREIGN} run_source_id_fkey`,
    () => runChange(`source_id = '${NOBODY}'`),
  ],
  [
    'deleting the file of a run',
    // 23503 up to Postgres 17, 23001 from 18.
    'run_file_id_fkey',
    () => `delete from run_file where id = '${ids.file}'`,
  ],
  [
    'a file of fewer than no bytes',
    `${CHECK} run_file_size`,
    () => `update run_file set bytes = -1`,
  ],
  [
    'a row before the first line',
    `${CHECK} staged_row_line_is_positive`,
    () => `insert into staged_row (run_id, line) values ('${ids.run}', 0)`,
  ],
  [
    'two rows of one line',
    UNIQUE,
    () => `insert into staged_row (run_id, line) values ('${ids.run}', 2)`,
  ],
  [
    'an entry without a number',
    `${CHECK} plan_entry_is_numbered`,
    () =>
      `insert into plan_entry (run_id, entry, matched_by, action) values ('${ids.run}', 0, 'none', 'skip')`,
  ],
  [
    'an entry for an unchanged row of which nothing is kept',
    `${CHECK} plan_entry_is_not_unchanged`,
    () => entry('action', `'unchanged'`),
  ],
  [
    'a create without its user’s id',
    `${CHECK} plan_entry_create_is_complete`,
    () => entry('action, line', `'create', 2`),
  ],
  [
    'a change without its version',
    `${CHECK} plan_entry_change_is_complete`,
    () => entry('action, user_id, changes', `'update', '${ids.user}', '{}'`),
  ],
  [
    'an inactive user without a date',
    `${CHECK} user_inactive_has_its_date`,
    () => change(`status = 'inactive'`),
  ],
  [
    'a reason why an active user was deactivated',
    `${CHECK} user_deactivated_reason_has_its_date`,
    () => change(`deactivated_reason = 'absent'`),
  ],
  ['a key of blanks', `${CHECK} user_keys_are_not_empty`, () => change(`code = '  '`)],
  ['a date without end', `${CHECK} user_dates_are_finite`, () => change(`leave_date = 'infinity'`)],
  [
    'a sticky field without a name',
    `${CHECK} user_sticky_names_fields`,
    () => change(`sticky = array[null]`),
  ],
  [
    'a user merged into a merged user',
    `${CHECK} user_merged_chain`,
    () =>
      `insert into "user" (id, code, status, merged_into_id) values ('${NOBODY}', 'x', 'merged', '${ids.merged}');
       ${mergeOf(NOBODY, ids.merged)}`,
  ],
  [
    'merging a user into whom others are merged',
    `${CHECK} user_merged_chain`,
    () =>
      `insert into "user" (id, code) values ('${NOBODY}', 'x');
       ${change(`status = 'merged', merged_into_id = '${NOBODY}'`)}; ${mergeOf(ids.user, NOBODY)}`,
  ],
  [
    'a merged user without a merge',
    `${CHECK} user_merged_has_its_merge`,
    () => user('code, status, merged_into_id', `'x', 'merged', '${ids.user}'`),
  ],
  [
    'a merge of a user who is not merged',
    `${CHECK} user_merged_has_its_merge`,
    () => `insert into "user" (id, code) values ('${NOBODY}', 'x'); ${mergeOf(ids.user, NOBODY)}`,
  ],
  [
    'a merge that is taken back while its user stays merged',
    `${CHECK} user_merged_has_its_merge`,
    () => `update merge set unmerged_at = now(), unmerged_by = '${OWNER_ID}'`,
  ],
  [
    'a user who is merged no more while the merge stays',
    `${CHECK} user_merged_has_its_merge`,
    () =>
      `set local rollcall.merging = 'on';
       update "user" set status = 'active', merged_into_id = null where id = '${ids.merged}'`,
  ],
  [
    'deleting a merge while its user stays merged',
    `${CHECK} user_merged_has_its_merge`,
    () => `delete from merge`,
  ],
  ['two merges of one user', `${UNIQUE} merge_open_key`, () => mergeOf(ids.merged, ids.user)],
  [
    'an enrollment of a merged user',
    `${CHECK} row_of_merged_user`,
    () => `${COURSE}; ${enrollment(ids.merged)}`,
  ],
  [
    'an enrollment that moves to a merged user',
    `${CHECK} row_of_merged_user`,
    () => `${COURSE}; ${enrollment(ids.user)}; update enrollment set user_id = '${ids.merged}'`,
  ],
  ['a credit of a merged user', `${CHECK} row_of_merged_user`, () => credit(ids.merged)],
  [
    'a credit that moves to a merged user',
    `${CHECK} row_of_merged_user`,
    () => `${credit(ids.user)}; update external_credit set user_id = '${ids.merged}'`,
  ],
  ['emptying the users', `${CHECK} user_is_never_emptied`, () => `truncate "user" cascade`],
  ['a fence that goes back', `${CHECK} run_fence_only_grows`, () => runChange('fence = -1')],
  [
    'deleting a run',
    `${CHECK} run_is_never_deleted`,
    () => `delete from run where id = '${ids.run}'`,
  ],
  [
    'an undo of itself',
    `${CHECK} run_refers_to_another`,
    () => runChange(`kind = 'undo', undo_of_id = id`),
  ],
  [
    'an outcome of a run that is not there',
    `${FOREIGN} entry_outcome_run_id_fkey`,
    () =>
      `insert into entry_outcome (run_id, entry, action, reason, fields) values ('${NOBODY}', 1, 'skip', 'x', '{}')`,
  ],
  [
    'a message of a run that is not there',
    `${FOREIGN} run_message_run_id_fkey`,
    () => `insert into run_message (run_id, n, code, message) values ('${NOBODY}', 1, 'x', 'x')`,
  ],
  [
    'a last good run that is not there',
    `${FOREIGN} source_last_good_run_id_fkey`,
    () => `update source set last_good_run_id = '${NOBODY}'`,
  ],
  [
    'two admins of one name',
    `${UNIQUE} admin_name_key`,
    () => `insert into admin (id, name, level) values ('${newId()}', 'owner', 'viewer')`,
  ],
])('the database refuses %s', async (_, expected, sql) => {
  expect(await refusal(sql())).toContain(expected);
});

test('one active run a source', async () => {
  const second = (active: string): string =>
    `insert into run (id, kind, source_id, actor_id, workflow_id, file_id, active)
     values ('${newId()}', 'import', '${CSV_SOURCE_ID}', '${OWNER_ID}', 'w', '${ids.file}', ${active})`;

  expect(await refusal(`update run set active = true; ${second('false')}`)).toBe('let through');
  expect(await refusal(`update run set active = true; ${second('true')}`)).toBe(
    `${UNIQUE} run_one_active_per_source`,
  );
});

test('a merged user may give its last key to the survivor', async () => {
  const sql = `set local rollcall.merging = 'on'; update "user" set code = null where id = '${ids.merged}'`;

  expect(await refusal(sql)).toBe('let through');
});

test('a merged user is written while merging', async () => {
  const sql = `set local rollcall.merging = 'on'; update "user" set first_name = 'X' where id = '${ids.merged}'`;

  expect(await refusal(sql)).toBe('let through');
});

test('what says nothing against it is let through', async () => {
  expect(await refusal(change(`first_name = 'X', version = version + 1`))).toBe('let through');
  expect(await refusal(user('code', `'other'`))).toBe('let through');
  expect(await refusal(entry('action, kept', `'unchanged', '{}'`))).toBe('let through');
});
