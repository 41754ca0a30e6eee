import { contextOf } from '../../faults/sync/stores';
import { playYear } from '../../faults/year/run';
import { createDatabase, type Created } from '../support/postgres';
import { devServer } from '../support/temporal';
import { quiet } from '../workflows/harness';

// The complete year: npm run faults -- year.
quiet();
const temporal = devServer();
const open: { database?: Created; context?: ReturnType<typeof contextOf> } = {};

beforeAll(async () => {
  open.database = await createDatabase({ oneRole: true });
  open.context = contextOf(open.database.url);
}, 60_000);
afterAll(async () => {
  await open.context?.db.close();
  await open.database?.drop();
});

test('after weeks of daily syncs every person is as the vendor says, and what is kept is bounded', async () => {
  const { context } = open;
  if (context === undefined) throw new Error('the database is there');

  const year = await playYear({
    context,
    env: temporal.env,
    vendor: 'bamboohr',
    people: 120,
    days: 30,
    seed: 3,
    plansDays: 7,
    pace: 16,
    marks: [10, 20, 30],
    tell: () => undefined,
  });

  expect(year.wrong).toEqual([]);
  expect(year).toMatchObject({ syncs: 30, approved: 1 });
  expect([...year.happened.keys()].sort()).toEqual([
    'hire',
    'later',
    'leave',
    'merge',
    'move',
    'rename',
    'return',
    'vanish',
  ]);
  expect(year.dueRuns).toBeGreaterThan(4);
  expect(year.fullReads).toBeLessThan(10);
  expect(year.longestHistory).toBeLessThan(4_096);
  // Ten days of two tables, no matter how long ago the first day was.
  expect(year.sizes.map(({ partitions }) => partitions <= 2 * 10)).toEqual([true, true, true]);
  expect(year.sizes.at(-1)?.runs).toBeGreaterThan(35);
}, 120_000);
