import { FINISHED_CAMPAIGNS } from '../../../domain/letters/campaigns';
import { WAITING_DELIVERIES } from '../../../domain/letters/deliveries';
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

/** SQL: what a check of the parent table says; partitions have it, too. */
function check(name: string): string {
  return `select distinct pg_get_constraintdef(oid) as text from pg_constraint where conname = '${name}'`;
}

test.each([
  [
    'run_open_idx',
    CLOSED_STATES,
    `select pg_get_expr(indpred, indrelid) as text from pg_index
    where indexrelid = 'run_open_idx'::regclass`,
  ],
  ['run_final_is_finished', FINAL_STATES, check('run_final_is_finished')],
  ['delivery_final_is_closed', WAITING_DELIVERIES, check('delivery_final_is_closed')],
  ['campaign_finished_is_final', FINISHED_CAMPAIGNS, check('campaign_finished_is_final')],
])('%s lists the states of the domain', async (_, states, sql) => {
  const named = [...(await definition(sql)).matchAll(/'(\w+)'::\w+_state\b/g)].map(
    ([, state]) => state,
  );

  expect(named.sort()).toEqual([...states].sort());
});
