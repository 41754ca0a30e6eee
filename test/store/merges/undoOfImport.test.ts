import { emptyStore, editPerson, rows } from '../../support/builders';
import { entriesOf, mergePair, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import {
  applyPlan,
  importRows,
  planUndoOf,
  undoRun,
  type PlannedRun,
} from '../../support/runs/storeRun';

const store = testDatabase();

beforeEach(() => emptyStore(store.db));

const PEOPLE = rows({ code: 's', firstName: 'Sue' }, { code: 'a', login: 'sue' }, { code: 'c' });

/** An import that created three people, and the ids of two of them. */
async function imported(): Promise<{ runId: string; survivor: string; absorbed: string }> {
  const { runId } = await importRows(store.db, { rows: PEOPLE });
  return { runId, survivor: await idOf('s'), absorbed: await idOf('a') };
}

async function idOf(code: string): Promise<string> {
  const { rows: found } = await store.db.pool.query<{ id: string }>(
    `select id from "user" where code = $1`,
    [code],
  );
  return found[0]?.id ?? '';
}

async function statuses(): Promise<unknown> {
  const { rows: found } = await store.db.pool.query<{ text: string }>(
    `select string_agg(code || ' ' || status, ', ' order by code) as text from "user"`,
  );
  return found[0]?.text;
}

test('an undo leaves an absorbed account and its survivor alone, and says what to unmerge first', async () => {
  const { db } = store;
  const { runId, ...pair } = await imported();
  const { id: merge } = await mergePair(db, pair);
  const undone = await undoRun(db, runId);

  expect(await statuses()).toBe('a merged, c inactive, s active');
  expect((await entriesOf(db, undone.runId)).map(({ action, reason }) => [action, reason])).toEqual(
    [
      ['deactivate', null],
      ['skip', 'has_absorbed'],
      ['skip', 'merged_since'],
    ],
  );
  expect(undone.messages).toMatchObject([
    { code: 'absorbed_since', message: expect.stringContaining(`rollcall users unmerge ${merge}`) },
  ]);
});

test('an undo that was planned before the merge leaves both alone, too', async () => {
  const { db } = store;
  const { runId, ...pair } = await imported();
  const plan: PlannedRun = await planUndoOf(db, { runId });
  await mergePair(db, pair);
  await applyPlan(db, plan);

  expect(await statuses()).toBe('a merged, c inactive, s active');
});

test('other fields of the survivor go back by value', async () => {
  const { db } = store;
  const { ...pair } = await imported();
  const { runId } = await importRows(db, {
    rows: rows(
      { code: 's', firstName: 'Susan', department: 'HR' },
      { code: 'a', location: 'Graz' },
    ),
  });
  await editPerson(db.pool, pair.survivor, { firstName: 'Suzy' });
  const { id: merge } = await mergePair(db, pair);
  await undoRun(db, runId);
  const { rows: found } = await db.pool.query(
    `select first_name, department, location from "user" where id = $1`,
    [pair.survivor],
  );
  await unmerge(db, { merge });

  expect(found).toEqual([{ first_name: 'Suzy', department: null, location: 'Graz' }]);
  expect(await statuses()).toBe('a active, c active, s active');
});
