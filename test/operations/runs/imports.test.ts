import {
  createImport,
  prepareImport,
  sourceExists,
  type ImportRequest,
} from '../../../operations/runs/imports';
import { saveMapping } from '../../../operations/sources/mappings';
import type { Db } from '../../../store/database/db';
import { getRun } from '../../../store/runs/runs';
import { testDatabase } from '../../support/postgres';
import { chunksOf, faultOf, ownerOf, putRun, recordImport } from '../support';
import { faultWords } from '../../support/words';

const store = testDatabase();

const runs = async (): Promise<number> => {
  const { rows } = await store.db.pool.query<{ n: number }>('select count(*)::int as n from run');
  return rows[0]?.n ?? -1;
};

test('an import is stored with its file, its options and an audit event', async () => {
  const context = ownerOf(store);

  const runId = await recordImport(context, { dryRun: true, blank: 'clear', create: false });

  const run = await getRun(store.db, runId);
  expect(run).toMatchObject({
    kind: 'import',
    source: 'csv',
    state: 'waiting',
    dryRun: true,
    workflowId: expect.stringMatching(new RegExp(`^import/[0-9a-f]{12}/${runId}$`)),
    fileName: 'people.csv',
    options: { dryRun: true, blank: 'clear', create: false, update: 'all', missing: 'ignore' },
  });
  const { rows } = await store.db.pool.query('select action from audit_event where run_id = $1', [
    runId,
  ]);
  expect(rows).toEqual([{ action: 'run.import' }]);
});

test('a new list is made only when that is wanted', async () => {
  const context = ownerOf(store);

  const refused = await faultOf(prepareImport(context, { source: 'payroll' }));
  const runId = await recordImport(context, { source: 'payroll', createSource: true });
  const again = await recordImport(context, { source: 'payroll', missing: 'deactivate' });

  expect(refused).toMatchObject({ kind: 'usage', code: 'unknown_source' });
  expect((await getRun(store.db, runId)).sourceKind).toBe('list');
  expect((await getRun(store.db, again)).options).toMatchObject({ missing: 'deactivate' });
});

test('a dry run makes a list without a yes, and the import after it still wants one', async () => {
  const context = ownerOf(store);
  const tried = { source: 'paryoll' };

  const dry = await recordImport(context, { ...tried, dryRun: true });
  const refused = await faultOf(prepareImport(context, tried));
  const known = await sourceExists(context, tried.source);
  await recordImport(context, { ...tried, createSource: true });

  expect((await getRun(store.db, dry)).source).toBe('paryoll');
  expect(refused).toMatchObject({
    code: 'unknown_source',
    next: { do: 'importNewList', source: 'paryoll' },
  });
  expect([known, await sourceExists(context, tried.source)]).toEqual([false, true]);
  expect((await prepareImport(context, tried)).source.name).toBe('paryoll');
});

test.each<[string, ImportRequest]>([
  ['absence of an unnamed upload', { missing: 'deactivate' }],
  ['the source of what is done by hand', { source: 'admin' }],
  ['a name that is none', { source: 'a list!', createSource: true }],
  ['an unknown delimiter', { delimiter: 'x' }],
  ['a gate without a reason', { gates: { deactivations: 300 } }],
  ['a gate with an empty reason', { gates: { deactivations: 300 }, reason: ' ' }],
  ['first_link raised', { gates: { first_link: 1 }, reason: 'x' }],
  ['empty_read raised', { gates: { empty_read: 1 }, reason: 'x' }],
  ['incomplete_read raised', { gates: { incomplete_read: 1 }, reason: 'x' }],
  ['a gate that is no number', { gates: { deactivations: Infinity }, reason: 'x' }],
  ['a mapping that is not there', { map: ['nothing'] }],
  ['a map of a field that is not there', { map: ['Shoe=shoe_size'] }],
  ['a retry of a run that is not there', { retryOf: '0192aaaa' }],
])('it refuses %s before anything is stored', async (_, request) => {
  const before = await runs();

  const fault = await faultOf(prepareImport(ownerOf(store), request));

  expect(faultWords(fault).next).toMatch(/./);
  expect(await runs()).toBe(before);
});

test('nothing is left of a file that breaks off', async () => {
  const context = ownerOf(store);
  const before = await runs();
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield* chunksOf('code\n', '1\n');
    throw new Error('the disk is gone');
  };

  const prepared = await prepareImport(context, {});
  const file = { name: 'broken.csv', chunks: broken(), maxBytes: 1000 };
  const fault = await faultOf(createImport(context, { prepared, file }));

  expect(fault).toMatchObject({ message: 'the disk is gone' });
  expect(await runs()).toBe(before);
  const { rows } = await store.db.pool.query(
    `select count(*)::int as n from run_file where name = 'broken.csv'`,
  );
  expect(rows).toEqual([{ n: 0 }]);
});

test('a mapping is used by name, and what is written out goes before it', async () => {
  const context = ownerOf(store);
  await saveMapping(context, {
    name: 'hr',
    map: ['Emp No=code,Notes=-', 'status:"On leave"=active'],
    dateFormat: 'DD.MM.YYYY',
    nullWords: ['NULL', ' N/A '],
  });

  const { options } = await prepareImport(context, {
    map: ['hr', 'Notes=job_title'],
    nullWords: ['-', 'NULL', ''],
  });

  expect(options).toMatchObject({
    columns: { 'Emp No': 'code', Notes: 'jobTitle' },
    values: { status: { 'On leave': 'active' } },
    dateFormat: 'DD.MM.YYYY',
    nullWords: ['NULL', 'N/A', '-'],
  });
});

test('a column that is called as what every object has is mapped like any', async () => {
  const { options } = await prepareImport(ownerOf(store), {
    map: ['__proto__=code,constructor=-', 'status:__proto__=active'],
  });

  expect(Object.entries(options.columns ?? {})).toEqual([
    ['__proto__', 'code'],
    ['constructor', '-'],
  ]);
  expect(Object.entries(options.values?.['status'] ?? {})).toEqual([['__proto__', 'active']]);
});

test('a date format that is none is refused before anything is stored', async () => {
  const context = ownerOf(store);

  const faults = await Promise.all([
    faultOf(prepareImport(context, { dateFormat: 'QQ' })),
    faultOf(saveMapping(context, { name: 'dates', map: [], dateFormat: 'DD.MM.YY' })),
  ]);

  expect(faults).toMatchObject([
    { kind: 'usage', code: 'bad_date_format' },
    { kind: 'usage', code: 'bad_date_format' },
  ]);
});

test('a retry starts from the options of the run whose rows it fixes, and never computes absence', async () => {
  const context = ownerOf(store);
  const first = await recordImport(context, {
    source: 'sales',
    createSource: true,
    missing: 'deactivate',
    blank: 'clear',
    map: ['Emp No=code'],
  });
  await putRun(context, first, { state: 'done' });

  const { options, source, retryOfId } = await prepareImport(context, { retryOf: first });
  const absence = await faultOf(prepareImport(context, { retryOf: first, missing: 'deactivate' }));
  const elsewhere = await faultOf(prepareImport(context, { retryOf: first, source: 'csv' }));

  expect(source.name).toBe('sales');
  expect(retryOfId).toBe(first);
  expect(options).toMatchObject({
    retryOf: first,
    missing: 'ignore',
    blank: 'clear',
    columns: { 'Emp No': 'code' },
  });
  expect(absence).toMatchObject({ kind: 'usage' });
  expect(elsewhere).toMatchObject({ kind: 'usage' });
});

test('a viewer may not import', async () => {
  const fault = await faultOf(prepareImport({ ...ownerOf(store), level: 'viewer' }, {}));

  expect(fault).toMatchObject({ kind: 'forbidden' });
});

/** The store behind a connection that breaks at `when`: before or after the statement is done. */
function breaking(db: Db, breaks: { at: string; when: 'before' | 'after'; times: number }): Db {
  const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const query = async (run: () => Promise<unknown>, text: unknown): Promise<unknown> => {
    const hit = typeof text === 'string' && text.trimStart().startsWith(breaks.at);
    if (!hit || breaks.times === 0) return run();
    breaks.times -= 1;
    if (breaks.when === 'after') await run();
    throw broken;
  };
  const watched = <T extends { query: unknown }>(target: T): T =>
    new Proxy(target, {
      get(it, name) {
        const value: unknown = Reflect.get(it, name, it);
        if (typeof value !== 'function') return value;
        if (name === 'connect') return async () => watched(await Reflect.apply(value, it, []));
        if (name !== 'query') return value.bind(it);
        return (...args: unknown[]) => query(() => Reflect.apply(value, it, args), args[0]);
      },
    });
  return { ...db, pool: watched(db.pool) };
}

test('an import whose commit went through is recorded, though its answer did not arrive', async () => {
  const before = await runs();
  const db = breaking(store.db, { at: 'commit', when: 'after', times: 1 });
  const context = { ...ownerOf(store), db };
  const prepared = await prepareImport(context, {});

  const file = { name: 'people.csv', maxBytes: 1_000, chunks: chunksOf('code\n1\n') };
  const { runId } = await createImport(context, { prepared, file });

  expect(await runs()).toBe(before + 1);
  expect(await getRun(store.db, runId)).toMatchObject({ state: 'waiting' });
});

test.each(['insert into run_file_chunk', 'commit'])(
  'an import that lost the database at "%s" is not recorded, and says so',
  async (at) => {
    const before = await runs();
    const db = breaking(store.db, { at, when: 'before', times: 1 });
    const context = { ...ownerOf(store), db };
    const prepared = await prepareImport(context, {});

    const file = { name: 'people.csv', maxBytes: 1_000, chunks: chunksOf('code\n1\n') };
    const fault = await faultOf(createImport(context, { prepared, file }));

    expect(fault).toMatchObject({ kind: 'unavailable', code: 'database_unavailable' });
    expect(String(fault)).toMatch(/nothing was imported/);
    expect(await runs()).toBe(before);
  },
);
