import type { RunDocument } from '../../../domain/runs/runDocument';
import { missingIds } from '../../../store/lifecycle/missing';
import { emptyStore, readWorld, rows } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import {
  addPolledSource,
  planSync,
  POLLED,
  syncRows,
  type Merges,
} from '../../support/runs/syncRun';

const store = testDatabase();

beforeAll(() => addPolledSource(store.db));
beforeEach(() => emptyStore(store.db));

type Row = Readonly<Record<string, string>>;

/** A full read of these people. */
function sync(people: readonly Row[], merges: Merges = {}): Promise<RunDocument> {
  return syncRows(store.db, { pages: [rows(...people)], merges });
}

/** E-mail → status and the ids of the source that lead there. */
async function known(): Promise<Record<string, { status: unknown; ids: string[] }>> {
  const { people } = await readWorld(store.db.pool);
  const { rows: identities } = await store.db.pool.query<{ id: string; userId: string }>(
    `select external_id as id, user_id as "userId" from identity where source_id = $1 order by 1`,
    [POLLED],
  );
  return Object.fromEntries(
    [...people.values()].map(({ id, fields }) => [
      fields['email'],
      {
        status: fields['status'],
        ids: identities.filter(({ userId }) => userId === id).map((i) => i.id),
      },
    ]),
  );
}

const ann = { code: 'c1', email: 'ann@x.org' };
const ann2 = { code: 'c2', email: 'ann.b@x.org' };
const bob = { code: 'c3', email: 'bob@x.org' };

test('a new id that took in a known one is that user, and the old id is not missing', async () => {
  await sync([ann, bob]);
  const merged = { code: 'c9', email: 'ann@y.org' };
  const run = await sync([merged, bob], { c9: { aliases: ['c1'] } });
  await sync([merged, bob], { c9: { aliases: ['c1'] } });

  expect(run.counts).toMatchObject({ created: 0, updated: 1, linked: 1, deactivated: 0 });
  expect(await known()).toEqual({
    'ann@y.org': { status: 'active', ids: ['c1', 'c9'] },
    'bob@x.org': { status: 'active', ids: ['c3'] },
  });
});

test('two users whom the source merged stay as they are, and are reported', async () => {
  await sync([ann, ann2]);
  const merges = { c1: { aliases: ['c2'] } };
  const first = await sync([ann], merges);
  await sync([ann], merges);
  const third = await sync([ann], merges);

  expect([first, third].map(({ messages }) => messages.map(({ code }) => code))).toEqual([
    ['merged_at_source'],
    ['merged_at_source'],
  ]);
  expect(third.counts).toMatchObject({ absent: 0, deactivated: 0 });
  expect((await known())['ann.b@x.org']).toEqual({ status: 'active', ids: ['c2'] });
});

test('proposes two users whom the source merged where its setting says so, until a person decides', async () => {
  const pairs = async (): Promise<unknown[]> =>
    (
      await store.db.pool.query(
        `select state::text, source_id as source, user_a < user_b as ordered, p.user_b is not null as two
         from user_pair p order by at`,
      )
    ).rows;
  await store.db.pool.query('delete from user_pair');
  await sync([ann, ann2]);
  const merges = { c1: { aliases: ['c2'] } };
  await sync([ann], merges);
  const told = await pairs();
  await store.db.pool.query(
    `update source set settings = '{"mergedPeople": "propose"}' where id = $1`,
    [POLLED],
  );
  await sync([ann], merges);
  const proposed = await pairs();
  await store.db.pool.query(`update user_pair set state = 'different'`);
  await sync([ann], merges);

  const pair = { source: POLLED, ordered: true, two: true };
  expect(told).toEqual([]);
  expect(proposed).toEqual([{ ...pair, state: 'proposed' }]);
  expect(await pairs()).toEqual([{ ...pair, state: 'different' }]);
});

test('the row of an id that went into another one changes nobody, whatever it says', async () => {
  await sync([ann, bob]);
  const gone = { ...ann, status: 'inactive' };
  const run = await sync([gone, { code: 'c9', email: 'ann@x.org' }, bob], {
    c1: { mergedInto: 'c9', deleted: true },
  });

  expect(run.counts).toMatchObject({ skipped: 1, created: 0, linked: 1, deactivated: 0 });
  expect(await known()).toMatchObject({ 'ann@x.org': { status: 'active', ids: ['c1', 'c9'] } });
});

test('one who took in two known people is a conflict, and a hand says who it is', async () => {
  await sync([ann, ann2]);
  const run = await sync([{ code: 'c9', email: 'new@x.org' }], { c9: { aliases: ['c1', 'c2'] } });

  expect(run.counts).toMatchObject({ conflict: 1, created: 0, absent: 0 });
  expect(run.messages).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: 'ambiguous' })]),
  );
});

test('an id is not asked for when its person is listed under another one', async () => {
  await sync([ann, ann2, bob]);
  const merges = { c1: { aliases: ['c2'] } };
  await sync([ann], merges);
  const { runId } = await planSync(store.db, { pages: [rows(ann)], merges });

  expect(await missingIds(store.db, { runId, absenceTimes: 2, maxPeople: 10 })).toEqual(['c3']);
});

test('an id that was merged into another one is not due any more', async () => {
  await sync([ann, ann2]);
  await store.db.pool.query(
    `update identity set due_on = '2026-12-31', due_status = 'inactive' where external_id = 'c2'`,
  );
  await sync([ann], { c1: { aliases: ['c2'] } });

  const { rows: due } = await store.db.pool.query(`select from identity where due_on is not null`);
  expect(due).toEqual([]);
});
