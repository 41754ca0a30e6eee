import type { Db } from '../../../store/database/db';
import { addPerson, editPerson, emptyStore, readWorld, row, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { rowsLookedAt } from '../../support/runs/rowsLookedAt';
import { importRows, planImport, planUndoOf } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;
const PEOPLE = 1_000;
/** Rows that one step of a statement may look at for each person. */
const MAX_LOOKS_A_PERSON = 10;

beforeAll(async () => {
  await addReferences(store.db.pool);
});

/** Everybody has the e-mail of the person `ahead` of them; the last one `last`, where it is given. */
const people = (ahead: number, last?: string) =>
  Array.from({ length: PEOPLE }, (_, i) => ({
    code: `K${String(i)}`,
    email: last !== undefined && i === PEOPLE - 1 ? last : `k${String((i + ahead) % PEOPLE)}@x.org`,
  }));

/** `work` must look at so few rows that its time grows with the people, not with their square. */
async function inFewLooks<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const { result, rows: looked, statement } = await rowsLookedAt(store.superuserUrl, work);
  if (looked > PEOPLE * MAX_LOOKS_A_PERSON)
    throw new Error(`${String(looked)} rows are looked at by: ${statement}`);
  return result;
}

const imported = (given: Record<string, string>[]) =>
  importRows(store.db, { rows: rows(...given), sourceId: LIST });
const planned = (given: Record<string, string>[]) =>
  inFewLooks((db) => planImport(db, { rows: rows(...given), sourceId: LIST, dryRun: true }));

describe('e-mails that all move on by one', () => {
  beforeAll(() => imported(people(0)));

  test('in a ring, each goes through', async () => {
    const { held } = await planned(people(1));

    expect(held).toEqual([expect.objectContaining({ gate: 'key_changes', count: PEOPLE })]);
  });

  test('in a chain whose end is taken, none does', async () => {
    await addPerson(store.db.pool, { fields: { email: 'taken@x.org' } });

    const { runId } = await planned(people(1, 'taken@x.org'));

    expect(await actions(runId)).toEqual({ conflict: PEOPLE });
  });

  test('go back in an undo; where one of them stays, none does', async () => {
    const { runId } = await imported(people(1));
    const { people: all } = await readWorld(store.db.pool);
    const seventh = [...all.values()].find(({ fields }) => fields['code'] === 'K7');

    const whole = await inFewLooks((db) => planUndoOf(db, { runId, dryRun: true }));
    await editPerson(store.db.pool, seventh?.id ?? '', { email: 'K8@X.org' });
    const broken = await inFewLooks((db) => planUndoOf(db, { runId, dryRun: true }));

    expect(await backOf(whole.runId)).toBe(PEOPLE);
    expect(await backOf(broken.runId)).toBe(0);
  });
});

test('an old import whose people are in later files is undone with one look at these', async () => {
  await emptyStore(store.db);
  const { runId } = await imported(people(0));
  await imported(people(0).map((values, i) => ({ ...values, jobTitle: `Nurse ${String(i)}` })));

  const undo = await inFewLooks((db) => planUndoOf(db, { runId, dryRun: true }));

  const { rows: found } = await store.db.pool.query(
    `select facts -> 'people' as people from run_message where run_id = $1 and code = 'listed_later'`,
    [undo.runId],
  );
  expect(found).toEqual([{ people: PEOPLE }]);
});

test('thousands of rejections are found again, and forgotten, each by one look', async () => {
  await emptyStore(store.db);
  const read = people(0).map((values, i) => ({ ...values, jobTitle: `Nurse ${String(i)}` }));
  const { runId } = await imported(people(0));
  await store.db.pool.query(
    `insert into rejection (source_id, user_id, what, reason, run_id)
     select source_id, user_id, 'deactivate', 'absent', $2 from identity where source_id = $1`,
    [LIST, runId],
  );
  const absent = { rows: rows({ code: 'new' }), sourceId: LIST, missing: 'deactivate' as const };

  const { held } = await inFewLooks((db) => planImport(db, { ...absent, dryRun: true }));
  await inFewLooks((db) => importRows(db, { ...absent, rows: rows(...read) }));

  expect(held).toContainEqual(expect.objectContaining({ gate: 'rejected_before', count: PEOPLE }));
  const { rowCount } = await store.db.pool.query(`select from rejection`);
  expect(rowCount).toBe(0);
});

test('a file of other people, whose e-mails are shared by two each, takes few looks', async () => {
  await emptyStore(store.db);
  await imported(people(0));
  const pairs = people(0).map((_, i) => ({
    code: `N${String(i)}`,
    email: `${String(i >> 1)}@y.org`,
  }));
  const file = { rows: rows(...pairs), sourceId: LIST, dryRun: true };

  const listed = await inFewLooks((db) => planImport(db, file));
  const complete = await inFewLooks((db) => planImport(db, { ...file, missing: 'deactivate' }));

  expect(await actions(listed.runId)).toEqual({ conflict: PEOPLE });
  expect(await actions(complete.runId)).toEqual({ conflict: PEOPLE, deactivate: PEOPLE });
});

test('a source that was new a moment ago has its people back by few looks', async () => {
  await emptyStore(store.db);
  await imported(people(0));
  const gates = { deactivations: PEOPLE, short_file: 0 };
  const [one = row(2, {})] = rows(...people(0));
  await importRows(store.db, { rows: [one], sourceId: LIST, missing: 'deactivate', gates });

  const { counts } = await inFewLooks((db) =>
    importRows(db, { rows: rows(...people(0)), sourceId: LIST }),
  );

  expect(counts).toMatchObject({ reactivated: PEOPLE - 1, unchanged: 1 });
});

/** How many entries of each action a plan has. */
async function actions(runId: string): Promise<Record<string, number>> {
  const { rows: found } = await store.db.pool.query<{ action: string; n: number }>(
    `select action::text, count(*)::int as n from plan_entry where run_id = $1 group by 1`,
    [runId],
  );
  return Object.fromEntries(found.map(({ action, n }) => [action, n]));
}

/** How many people get their e-mail back. */
async function backOf(runId: string): Promise<number | undefined> {
  const { rows: found } = await store.db.pool.query<{ back: number }>(
    `select count(*)::int as back from plan_entry where run_id = $1 and changes ? 'email'`,
    [runId],
  );
  return found[0]?.back;
}
