import { CLOSED_STATES, FINAL_STATES } from '../../../domain/runs/run';
import { stagedColumn } from '../../../domain/files/staged';
import { USER_FIELD_NAMES } from '../../../domain/users/fields';
import { testDatabase } from '../../support/postgres';

/** What the migrations say again in SQL must say the same as the tables in `domain/`. */
const store = testDatabase();

async function definition(sql: string): Promise<string> {
  const { rows } = await store.db.pool.query<{ text: string }>(sql);
  return rows[0]?.text ?? '';
}

test('the hash of a staged row covers every user field', async () => {
  const text = await definition(
    `select pg_get_expr(d.adbin, d.adrelid) as text from pg_attrdef d
     join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
     where a.attrelid = 'staged_row'::regclass and a.attname = 'record_hash'`,
  );
  const hashed = new Set(text.match(/\w+/g));

  expect(USER_FIELD_NAMES.map(stagedColumn).filter((column) => !hashed.has(column))).toEqual([]);
});

test.each([
  [
    'run_open_idx',
    CLOSED_STATES,
    `select pg_get_expr(indpred, indrelid) as text from pg_index
    where indexrelid = 'run_open_idx'::regclass`,
  ],
  [
    'run_final_is_finished',
    FINAL_STATES,
    `select pg_get_constraintdef(oid) as text
    from pg_constraint where conname = 'run_final_is_finished'`,
  ],
])('%s lists the states of the domain', async (_, states, sql) => {
  const named = [...(await definition(sql)).matchAll(/'(\w+)'::run_state\b/g)].map(
    ([, state]) => state,
  );

  expect(named.sort()).toEqual([...states].sort());
});
