import { OWNER_ID } from '../../../store/sources/sources';
import { newId } from '../../../store/database/db';
import { emptyStore, readWorld, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  importRows,
  makeDryRunReal,
  planBulkOf,
  planImport,
} from '../../support/runs/storeRun';
import { runDocument } from '../../support/runs/documents';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;
const missing = { sourceId: LIST, missing: 'deactivate' } as const;

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  const { pool } = store.db;
  await pool.query(`update admin set level = 'owner'`);
  await pool.query(`delete from admin where id <> $1`, [OWNER_ID]);
  await emptyStore(store.db);
  await importRows(store.db, { rows: rows(...'abcd'.split('').map(person)), sourceId: LIST });
});

const person = (code: string) => ({ code });

/** Owners who are these users; the owner that set-up made is an admin. */
async function ownersAre(...codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    await store.db.pool.query(
      `insert into admin (id, name, level, user_id) select $1, $2, 'owner', id from "user" where code = $2`,
      [newId(), code],
    );
  }
  await store.db.pool.query(`update admin set level = 'admin' where id = $1`, [OWNER_ID]);
}

async function active(): Promise<string[]> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()]
    .filter(({ fields }) => fields['status'] === 'active')
    .map(({ fields }) => String(fields['code']))
    .sort();
}

test('the user of the last owner stays active when missing from a list, and the others go', async () => {
  await ownersAre('a');

  const { state, counts, skippedFor } = await importRows(store.db, {
    rows: rows({ code: 'd' }),
    ...missing,
  });

  expect({ state, skippedFor }).toEqual({ state: 'done', skippedFor: { last_owner: 1 } });
  expect(counts).toMatchObject({ deactivated: 2, skipped: 1 });
  expect(await active()).toEqual(['a', 'd']);
});

test('an owner’s user goes while another owner stays, and the run says that this was an admin', async () => {
  await ownersAre('a', 'd');

  const { runId } = await importRows(store.db, { rows: rows({ code: 'd' }), ...missing });

  const { messages } = await runDocument(store.db, runId);
  const [said] = messages.filter(({ code }) => code === 'admins_stopped');
  expect(await active()).toEqual(['d']);
  expect(said?.message).toMatch(/^1 person whom this run deactivates is an admin, .*: number a\./);
});

test('a plan says who stays, and what only becomes so after the plan is found when it is applied', async () => {
  await ownersAre('a', 'd');
  const file = { rows: rows({ code: 'b', status: 'inactive' }, { code: 'd' }), ...missing };
  const open = await planImport(store.db, { ...file, dryRun: true });
  await store.db.pool.query(`update admin set disabled_at = now() where name = 'd'`);

  const told = await planImport(store.db, { ...file, dryRun: true });
  const shown = await runDocument(store.db, told.runId);
  await applyPlan(store.db, await makeDryRunReal(store.db, open));

  const { counts } = await runDocument(store.db, open.runId);
  expect(shown.counts).toMatchObject({ deactivated: 2, skipped: 1 });
  expect(shown.skippedFor).toEqual({ last_owner: 1 });
  expect(counts).toMatchObject({ deactivated: 2, skipped: 1 });
  expect(await active()).toEqual(['a', 'd']);
});

test('the last owner’s user whose row ends access gets the rest of the row', async () => {
  await ownersAre('a');
  const row = { code: 'a', status: 'inactive', firstName: 'Ann' };

  const { counts } = await importRows(store.db, { rows: rows(row), sourceId: LIST });

  expect(counts).toMatchObject({ updated: 1, deactivated: 0 });
  const { people } = await readWorld(store.db.pool);
  const ann = [...people.values()].find(({ fields }) => fields['code'] === 'a');
  expect(ann?.fields).toMatchObject({ status: 'active', firstName: 'Ann' });
});

test('a change in bulk that all owners are in keeps them, and neither is set by hand', async () => {
  await ownersAre('a', 'b');
  const ids = [...(await readWorld(store.db.pool)).people.keys()];
  const run = await planBulkOf(store.db, { users: ids, change: { status: 'inactive' }, expect: 4 });

  await applyPlan(store.db, run);

  expect((await runDocument(store.db, run.runId)).skippedFor).toEqual({ last_owner: 2 });
  expect(await active()).toEqual(['a', 'b']);
  const { rows: sticky } = await store.db.pool.query(
    `select code from "user" where 'status' = any(sticky) order by code`,
  );
  expect(sticky).toEqual([{ code: 'c' }, { code: 'd' }]);
});
