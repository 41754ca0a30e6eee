import type { RunDocument } from '../../../domain/runs/runDocument';
import { addPerson, emptyStore, rows } from '../../support/builders';
import { mergeUsers, outcomesOf } from '../../support/merges/pairs';
import { testDatabase } from '../../support/postgres';
import { dueAt } from '../../support/runs/dueRun';
import { importRows, undoRun } from '../../support/runs/storeRun';
import { addPolledSource, syncRows } from '../../support/runs/syncRun';

/** Merges; `npm run faults -- merge-follow` tries a thousand. */
const MERGES = Number(process.env['ROLLCALL_MERGES'] ?? '24');
const LIST = '00000000-0000-7000-8000-0000000000e1';
const store = testDatabase();

beforeAll(async () => {
  await addPolledSource(store.db);
  await store.db.pool.query(`insert into source (id, name, kind) values ($1, 'staff', 'list')`, [
    LIST,
  ]);
});
beforeEach(() => emptyStore(store.db));

const all = Array.from({ length: MERGES }, (_, i) => i);
const half = Math.floor(MERGES / 2);

/** What HR says about the person whose account is absorbed later. */
const atHr = (i: number): Record<string, string> => ({
  code: `old${String(i)}`,
  email: `old${String(i)}@x.org`,
  jobTitle: 'Nurse',
});

/** A full read of HR of these people. */
function sync(people: readonly Record<string, string>[]): Promise<RunDocument> {
  return syncRows(store.db, { pages: [rows(...people)] });
}

/** Accounts made by hand that survive; HR knows the absorbed ones. Returns the id of the run of merges. */
async function merged(): Promise<string> {
  for (const i of all) {
    const code = `new${String(i)}`;
    await addPerson(store.db.pool, { fields: { code, email: `${code}@x.org` } });
  }
  await sync(all.map(atHr));
  const { runId } = await mergeUsers(store.db, {
    pairs: all.map((i) => ({ survivor: `new${String(i)}`, redundant: `old${String(i)}` })),
  });
  expect(new Set(Object.values(await outcomesOf(store.db.pool, runId)))).toEqual(
    new Set(['merge']),
  );
  return runId;
}

/** How many users have each status, and how many of the survivors are active. */
async function statuses(): Promise<Record<string, number>> {
  const { rows: found } = await store.db.pool.query<{ status: string; n: number }>(
    `select status::text, count(*)::int as n from "user" group by 1 order by 1`,
  );
  return Object.fromEntries(found.map(({ status, n }) => [status, n]));
}

test('syncs, files, days and an undo that name absorbed accounts revive nobody and make nobody', async () => {
  const list = all.map((i) => ({ ...atHr(i), leaveDate: '2026-12-31' }));
  const days = { now: '2026-06-01T12:00:00Z' };
  const first = await importRows(store.db, { rows: rows(...list), sourceId: LIST, days });
  await merged();

  const runs = [
    await sync(all.map(atHr)),
    await sync(all.map((i) => ({ ...atHr(i), jobTitle: 'Head nurse' }))),
    await sync(all.map((i) => ({ ...atHr(i), jobTitle: 'Head nurse' }))),
    await importRows(store.db, {
      rows: rows(...list.map((one) => ({ ...one, department: 'Ward 1' }))),
      sourceId: LIST,
      missing: 'deactivate',
      days,
    }),
    // An unnamed upload that knows people by their addresses.
    await importRows(store.db, {
      rows: rows(...all.map((i) => ({ email: `old${String(i)}@x.org`, location: 'Vienna' }))),
    }),
  ];

  for (const { state, counts } of runs) {
    expect({ state, ...counts }).toMatchObject({
      state: 'done',
      created: 0,
      reactivated: 0,
      deactivated: 0,
      conflict: 0,
      error: 0,
    });
  }
  expect(await statuses()).toEqual({ active: MERGES, merged: MERGES });

  const [due] = await dueAt(store.db, '2027-01-02T12:00:00Z');
  expect(due?.counts).toMatchObject({ deactivated: MERGES });
  expect(await statuses()).toEqual({ inactive: MERGES, merged: MERGES });

  const undo = await undoRun(store.db, first.runId);
  expect(undo.state).toBe('done');
  expect(await statuses()).toEqual({ inactive: MERGES, merged: MERGES });
});

test('people whom HR knows by an absorbed account alone lose access when they leave, and no others do', async () => {
  await merged();
  const stay = all.slice(half);

  const once = await sync(stay.map(atHr));
  const afterOne = await statuses();
  const twice = await sync(stay.map(atHr));

  expect(once.counts).toMatchObject({ created: 0, deactivated: 0 });
  expect(afterOne).toEqual({ active: MERGES, merged: MERGES });
  expect(twice.counts).toMatchObject({ created: 0, deactivated: half });
  expect(await statuses()).toEqual({ active: MERGES - half, inactive: half, merged: MERGES });
});
