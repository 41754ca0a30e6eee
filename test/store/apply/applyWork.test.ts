import { rows } from '../../support/builders';
import { asSuperuser, testDatabase } from '../../support/postgres';
import { applyPlan, planImport } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const PEOPLE = 2_000;

const store = testDatabase();

/** Records how many rows of a batch's table were read sequentially, before the table is dropped. */
const WATCH = `
  create table gone_through (rows bigint);
  create function watch() returns event_trigger language plpgsql security definer as $$
  begin
    insert into gone_through
      select seq_tup_read from pg_stat_xact_all_tables where relname = 'slice_change';
  end $$;
  create event trigger watch on ddl_command_start when tag in ('DROP TABLE') execute function watch()`;

test('a batch is read a few times, not once for each identity of a source that is new to the planner', async () => {
  const [known, unknown] = LISTS;
  const { pool } = store.db;
  await addReferences(pool);
  await asSuperuser(store, 'alter table identity set (autovacuum_enabled = false)');
  const bring = async (sourceId: string, firstName: string): Promise<void> => {
    const people = Array.from({ length: PEOPLE }, (_, i) => ({ code: `c${String(i)}`, firstName }));
    const run = await planImport(store.db, { rows: rows(...people), sourceId });
    await applyPlan(store.db, run, { maxEntries: PEOPLE });
  };
  await bring(known, 'Ada');
  await asSuperuser(store, `analyze identity; ${WATCH}`);

  await bring(unknown, 'Grace');
  await bring(unknown, 'Barbara');

  const slices = await asSuperuser<{ most: number }>(
    store,
    'select max(rows)::int as most from gone_through having count(*) >= 2',
  );
  expect(slices[0]?.most).toBeGreaterThanOrEqual(PEOPLE);
  expect(slices[0]?.most).toBeLessThan(PEOPLE * 30);
});
