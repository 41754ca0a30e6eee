import type { RunDocument } from '../../../domain/runs/runDocument';
import { transaction } from '../../../store/database/db';
import { replaceMastering } from '../../../store/lifecycle/mastering';
import { bumpEpoch } from '../../../store/sources/sources';
import { emptyStore, readWorld, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { importRows } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST, OTHER] = LISTS;

beforeAll(() => addReferences(store.db.pool));
beforeEach(async () => {
  await store.db.pool.query('delete from mastering');
  await store.db.pool.query('update source set last_good_run_id = null');
  await emptyStore(store.db);
});

type Status = 'active' | 'inactive';

/** A file of a list with these people; people who are not in it have left. */
function read(sourceId: string, codes: string, status?: Status): Promise<RunDocument> {
  const people = Array.from(codes, (code) => (status === undefined ? { code } : { code, status }));
  return importRows(store.db, { rows: rows(...people), sourceId, missing: 'deactivate' });
}

function told({ messages }: RunDocument): string[] {
  return messages.filter(({ code }) => code === 'active_elsewhere').map(({ message }) => message);
}

async function names(): Promise<Record<string, string>> {
  const { rows: found } = await store.db.pool.query<{ id: string; name: string }>(
    'select id, name from source',
  );
  return Object.fromEntries(found.map(({ id, name }) => [id, name]));
}

async function statusOf(code: string): Promise<unknown> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].find(({ fields }) => fields['code'] === code)?.fields['status'];
}

test('a person who is missing from one list and is in another one is reported, with the order that would keep them', async () => {
  const { [LIST]: own = '', [OTHER]: other = '' } = await names();
  await read(LIST, 'abcd', 'active');
  await read(OTHER, 'bc', 'active');

  const run = await read(LIST, 'a', 'active');

  expect(run.counts).toMatchObject({ deactivated: 3 });
  expect(told(run)).toEqual([
    `2 people whom this run deactivates are active in another source (${other} 2). To see them: rollcall runs diff ${run.runId} --action deactivate; ` +
      `to let the other source decide: rollcall sources mastering status --sources ${other},${own}`,
  ]);
});

test('the order that is offered keeps them', async () => {
  await read(LIST, 'abc', 'active');
  await read(OTHER, 'bc', 'active');
  await transaction(store.db, async (tx) => {
    await replaceMastering(tx, { field: 'status', sourceIds: [OTHER, LIST] });
    await bumpEpoch(tx);
  });

  const run = await read(LIST, 'a', 'active');

  expect(run.counts).toMatchObject({ deactivated: 0, skipped: 2 });
  expect(told(run)).toEqual([]);
  expect(await statusOf('b')).toBe('active');
});

test('a person whom another list keeps inactive is reported by each read that has them', async () => {
  const { [LIST]: lost = '', [OTHER]: own = '' } = await names();
  await read(LIST, 'abc');
  await read(OTHER, 'bc');
  const losing = await read(LIST, 'ac');

  const run = await read(OTHER, 'bc');

  expect(told(losing)[0]).toMatch(
    /^1 person .* is active in another source .*to keep somebody active: rollcall users activate USER$/,
  );
  expect(told(run)).toEqual([
    `1 person of this read stays inactive, because they are missing from another source (${lost} 1); ` +
      `to let this source decide: rollcall sources mastering status --sources ${own},${lost}; ` +
      'a list without a status column cannot decide it; to keep somebody active: rollcall users activate USER',
  ]);
  expect(await statusOf('b')).toBe('inactive');
});

test('a person who has left both lists, or is inactive in the other one, is not reported', async () => {
  await read(LIST, 'abcd', 'active');
  await read(OTHER, 'bcd', 'active');
  await read(OTHER, 'b', 'active');
  await read(OTHER, 'b', 'inactive');
  await importRows(store.db, { rows: rows({ code: 'b', status: 'active' }), sourceId: LIST });

  const run = await read(LIST, 'a', 'active');

  expect(run.counts).toMatchObject({ deactivated: 1 });
  expect(told(run)).toEqual([]);
});
