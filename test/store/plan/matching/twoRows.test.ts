import { addIdentity, emptyStore, readWorld, rows } from '../../../support/builders';
import { testDatabase } from '../../../support/postgres';
import { buildPlan } from '../../../../store/plan';
import { stageRows } from '../../../../store/reads/staging';
import { storedOutcomes } from '../../../support/outcomes';
import { importRows, recordImport, stagedRow, start } from '../../../support/runs/storeRun';
import { addReferences, LISTS } from '../../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(() => addReferences(store.db.pool));
beforeEach(() => emptyStore(store.db));

const job = (code: string, jobTitle: string, rest: Record<string, string> = {}) => ({
  code,
  email: 'ada@x.org',
  jobTitle,
  ...rest,
});

const imported = (twoRows: 'first' | 'last', ...values: Record<string, string>[]) =>
  importRows(store.db, {
    rows: rows(...values),
    sourceId: LIST,
    twoRows,
    missing: 'deactivate',
  });

async function titles(): Promise<unknown[]> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()].map(({ fields }) => [fields['code'], fields['jobTitle']]);
}

test.each([
  ['first', 'Nurse'],
  ['last', 'Trainer'],
] as const)('of two rows of a number, the %s one counts', async (rule, title) => {
  const file = [job('tj1', 'Nurse'), job('tj1', 'Trainer')];

  const first = await imported(rule, ...file);
  const again = await imported(rule, ...file);

  expect(first.counts).toMatchObject({ created: 1, skipped: 1, conflict: 0 });
  expect(first.skippedFor).toEqual({ other_row: 1 });
  expect(again.counts).toMatchObject({ unchanged: 1, skipped: 1, absent: 0 });
  expect(await titles()).toEqual([['tj1', title]]);
});

test('rows that gave way to another one give way again, once that one is unchanged', async () => {
  const file = ['Nurse', 'Trainer', 'Trainer'].map((title) => job('tj1', title));
  const keyed = () =>
    importRows(store.db, {
      rows: rows(...file).map((given) => ({ ...given, externalId: 'ada@x.org' })),
      sourceId: LIST,
      twoRows: 'first',
      key: 'email',
    });

  const counts = [(await keyed()).counts, (await keyed()).counts];

  expect(counts).toEqual([
    expect.objectContaining({ created: 1, skipped: 2, duplicate: 0 }),
    expect.objectContaining({ unchanged: 1, skipped: 2, duplicate: 0 }),
  ]);
});

test('a list remembers the rule with which it was imported', async () => {
  await imported('last', job('tj1', 'Nurse'));

  const { rows: found } = await store.db.pool.query<{ rule: unknown }>(
    `select settings -> 'twoRows' as rule from source where id = $1`,
    [LIST],
  );
  expect(found).toEqual([{ rule: 'last' }]);
});

test('another rule looks at unchanged rows again', async () => {
  const file = [job('tj1', 'Nurse'), job('tj1', 'Trainer')];
  await imported('first', ...file);

  const { counts } = await imported('last', ...file);

  expect(counts).toMatchObject({ updated: 1, skipped: 1 });
});

test('an inactive row never counts before an active one', async () => {
  const { skippedFor } = await imported(
    'last',
    job('tj1', 'Nurse', { status: 'active' }),
    job('tj1', 'Trainer', { status: 'active' }),
    job('tj1', 'Clerk', { status: 'inactive' }),
  );

  expect(skippedFor).toEqual({ yields: 1, other_row: 1 });
  expect(await titles()).toEqual([['tj1', 'Trainer']]);
});

test('two numbers with one e-mail are one person, whichever row counts', async () => {
  await imported('first', job('tj1', 'Nurse'), job('tj8', 'Trainer'));
  const swapped = await imported('first', job('tj8', 'Trainer'), job('tj1', 'Nurse'));
  const again = await imported('first', job('tj8', 'Trainer'), job('tj1', 'Nurse'));
  const one = await imported('first', job('tj8', 'Teacher'));

  expect(swapped.counts).toMatchObject({ linked: 1, skipped: 1, conflict: 0 });
  expect(again.counts).toMatchObject({ unchanged: 1, skipped: 1 });
  expect(one.counts).toMatchObject({ updated: 1, absent: 0 });
  expect(await titles()).toEqual([['tj8', 'Teacher']]);
});

test('two numbers of one user need no common key', async () => {
  await imported('first', job('tj1', 'Nurse'));
  const [userId = ''] = [...(await readWorld(store.db.pool)).people.keys()];
  await addIdentity(store.db.pool, { sourceId: LIST, externalId: 'tj8', userId });

  const { counts } = await imported('first', job('tj1', 'Head nurse'), {
    code: 'tj8',
    jobTitle: 'Trainer',
  });

  expect(counts).toMatchObject({ updated: 1, skipped: 1, conflict: 0 });
});

describe('a column says which row counts', () => {
  const file = (...jobs: readonly (readonly [code: string, title: string, main: boolean])[]) =>
    jobs.map(([code, title, main], i) => ({
      row: stagedRow({ ...(rows(job(code, title))[0] ?? never()), line: i + 2 }),
      main,
    }));

  async function outcomes(lines: ReturnType<typeof file>): Promise<unknown> {
    const runId = await recordImport(store.db, { sourceId: LIST });
    await store.db.pool.query(`update run set options = options || $2 where id = $1`, [
      runId,
      JSON.stringify({ twoRows: { column: 'Main', value: 'yes' } }),
    ]);
    const fence = await start(store.db, runId);
    await stageRows(store.db, {
      runId,
      fence,
      tail: ['preferred'],
      batches: inOneBatch(lines.map(({ row, main }) => [...row, main ? 't' : 'f'])),
      summary: () => ({ rows: lines.length, coverage: {}, messages: [] }),
    });
    await buildPlan(store.db, { runId, fence });
    return Object.fromEntries((await storedOutcomes(store.db, runId)).outcomes.rows);
  }

  test('one row has the value', async () => {
    expect(await outcomes(file(['a', 'Nurse', false], ['a', 'Trainer', true]))).toEqual({
      2: 'skip',
      3: 'create',
    });
  });

  test('no row, or more than one, has the value: a conflict', async () => {
    const found = await outcomes(
      file(['a', 'Nurse', true], ['a', 'Trainer', true], ['b', 'X', false], ['b', 'Y', false]),
    );

    expect(found).toEqual({ 2: 'conflict', 3: 'conflict', 4: 'conflict', 5: 'conflict' });
  });
});

function never(): never {
  throw new Error('no row');
}

async function* inOneBatch<T>(batch: T[]): AsyncGenerator<T[]> {
  await Promise.resolve();
  yield batch;
}
