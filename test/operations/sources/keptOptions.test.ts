import { prepareImport, type ImportRequest } from '../../../operations/runs/imports';
import { createUndo } from '../../../operations/runs/undo';
import { deleteMapping, saveMapping } from '../../../operations/sources/mappings';
import { setSource } from '../../../operations/sources/setSource';
import { showSource } from '../../../operations/sources/showSource';
import { takeFence } from '../../../store/database/fence';
import { buildPlan } from '../../../store/plan';
import { finish } from '../../../store/lifecycle/finish';
import { getRun } from '../../../store/runs/runs';
import { runDocument } from '../../../store/report/document';
import { emptyStore, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { applyPlan, stage, start, undoRun } from '../../support/runs/storeRun';
import { addReferences, LISTS } from '../../support/oracle/worlds';
import { ownerOf, recordImport } from '../support';

const store = testDatabase();
const context = () => ({
  ...ownerOf(store),
  keys: [Buffer.alloc(32)],
  allowPrivateHosts: [],
});
const LIST = { name: 'list0' };

beforeAll(async () => {
  await addReferences(store.db.pool);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

/** An import of the list that goes to its end; its rows do not matter. */
async function imported(request: ImportRequest): Promise<string> {
  const runId = await recordImport(context(), { source: LIST.name, ...request });
  await end(runId);
  return runId;
}

async function end(runId: string): Promise<void> {
  await start(store.db, runId);
  await store.db.pool.query(
    `update run set staged_at = now(), planned_at = now(), approved_at = now(), applied_at = now()
     where id = $1`,
    [runId],
  );
  const fence = await takeFence(store.db, runId);
  await finish(store.db, { runId, fence, state: 'done', undoDays: 90 });
}

const undoOf = (run: string) => ({ run, dryRun: false, expect: 0 });
const kept = async () => (await showSource(context(), LIST.name)).options;
const next = async (request: ImportRequest = {}) =>
  (await prepareImport(context(), { source: LIST.name, ...request })).options;

test('what is given for an import is kept once it is applied, and used by the next one', async () => {
  const given = {
    missing: 'deactivate',
    encoding: 'windows-1252',
    map: ['Emp No=code', 'status:"On leave"=active'],
    nullWords: ['N/A'],
  } as const;
  const runId = await recordImport(context(), { source: LIST.name, ...given });
  const before = await kept();
  await end(runId);

  expect([before, await kept()]).toEqual([{}, given]);
  expect(await next()).toMatchObject({
    missing: 'deactivate',
    encoding: 'windows-1252',
    nullWords: ['N/A'],
    columns: { 'Emp No': 'code' },
    fromList: given,
  });
  // A kept column may be missing from a file; a typed one is a slip.
  expect(await next()).not.toHaveProperty('requiredColumns');
  expect((await runDocument(store.db, runId)).listOptions).toEqual({
    used: {},
    kept: {
      missing: 'deactivate',
      encoding: 'windows-1252',
      map: 'Emp No=code,status:"On leave"=active',
      null: 'N/A',
    },
  });
});

test('what is typed wins, column by column in a map, and is kept instead', async () => {
  await imported({ missing: 'deactivate', map: ['A=code,B=email'], delimiter: ';' });
  await imported({ missing: 'ignore', map: ['b=login'], without: ['delimiter'] });

  expect(await kept()).toEqual({ missing: 'ignore', map: ['A=code', 'b=login'] });
});

test('an undone import gives the list its options back, and an undone undo those of the import', async () => {
  await imported({ missing: 'ignore', blank: 'clear' });
  const second = await imported({ missing: 'deactivate', delimiter: ';' });
  const { runId: undo } = await createUndo(context(), undoOf(second));
  await end(undo);
  const undone = await kept();
  const { runId: redo } = await createUndo(context(), undoOf(undo));
  await end(redo);
  const redone = await kept();
  const { runId: last } = await createUndo(context(), undoOf(redo));
  await end(last);

  expect(undone).toEqual({ missing: 'ignore', blank: 'clear' });
  expect(redone).toEqual({ missing: 'deactivate', blank: 'clear', delimiter: ';' });
  expect(await kept()).toEqual(undone);
});

test('of two imports that wait, the options of the later one are kept, and undone to those of the earlier one', async () => {
  await imported({ delimiter: ';', missing: 'ignore', twoRows: 'first' });
  const earlier = { delimiter: '|', missing: 'deactivate', twoRows: 'last' } as const;
  const runs = [
    await recordImport(context(), { source: LIST.name, ...earlier }),
    await recordImport(context(), { source: LIST.name, delimiter: ';', encoding: 'latin1' }),
    await recordImport(context(), { source: LIST.name, missing: 'ignore' }),
  ];
  for (const run of runs) await end(run);
  const last = { ...(await kept()), twoRows: (await showSource(context(), LIST.name)).twoRows };
  const { runId: undo } = await createUndo(context(), undoOf(runs[1] ?? ''));
  await end(undo);

  expect(last).toEqual({ delimiter: ';', encoding: 'latin1', missing: 'ignore', twoRows: 'last' });
  expect(await kept()).toEqual({ delimiter: '|', missing: 'ignore' });
});

test('an undone import takes the key and the rule for two rows back, and an undone undo brings them again', async () => {
  const keyOfIt = async () => {
    const { key, twoRows } = await showSource(context(), LIST.name);
    return [key, twoRows];
  };
  const runId = await recordImport(context(), {
    ...{ source: LIST.name, key: 'email', twoRows: 'last' },
  });
  const waiting = await keyOfIt();
  const inherited = await next();
  await apply(runId);
  const applied = await keyOfIt();
  const undo = await undoRun(store.db, runId);
  const undone = [await keyOfIt(), await known()];
  await undoRun(store.db, undo.runId);

  expect(waiting).toEqual(['email', null]);
  expect(inherited.key).toBe('email');
  expect(applied).toEqual(['email', 'last']);
  expect(undone).toEqual([['code', null], []]);
  expect([await keyOfIt(), await known()]).toEqual([['email', 'last'], ['a@x.org']]);
});

/** Applies a recorded import of one person. */
async function apply(runId: string): Promise<void> {
  const fence = await start(store.db, runId);
  const read = { ...row(2, { code: 'a', email: 'a@x.org' }), externalId: 'a@x.org' };
  await stage(store.db, { runId, fence, rows: [read] });
  await applyPlan(store.db, { runId, fence, ...(await buildPlan(store.db, { runId, fence })) });
}

async function known(): Promise<string[]> {
  const { rows: found } = await store.db.pool.query<{ id: string }>(
    `select external_id as id from identity`,
  );
  return found.map(({ id }) => id);
}

test('the place of a column is right for one file only', async () => {
  const map = ['A=code', '#6=-'];
  const runId = await recordImport(context(), { source: LIST.name, map });
  const { options } = await getRun(store.db, runId);
  await end(runId);
  await imported({ map: ['#2=-'] });

  expect(options).toMatchObject({ columns: { A: 'code', '#6': '-' } });
  expect(await kept()).toEqual({ map: ['A=code'] });
});

test('a retry, a partial file and an upload without a name keep nothing', async () => {
  const first = await imported({ missing: 'deactivate', blank: 'clear' });
  await imported({ partial: true, encoding: 'windows-1252' });
  await imported({ retryOf: first, encoding: 'windows-1252' });

  expect(await kept()).toEqual({ missing: 'deactivate', blank: 'clear' });
  expect(await next({ partial: true })).toMatchObject({ missing: 'ignore', blank: 'clear' });
  expect((await prepareImport(context(), { blank: 'clear' })).options).not.toHaveProperty('keeps');
});

test('a saved mapping stays while a list keeps it', async () => {
  await saveMapping(context(), { name: 'hr', map: ['A=code'] });
  await imported({ map: ['hr', 'B=email'] });

  await expect(deleteMapping(context(), 'hr')).rejects.toMatchObject({
    ...{ code: 'mapping_in_use', message: expect.stringContaining('"list0" keeps') as unknown },
    next: { do: 'keepMap', source: 'list0', map: ['B=email'] },
  });
  await setSource(context(), { ...LIST, list: { map: ['B=email'], without: ['map'] } });
  await deleteMapping(context(), 'hr');
  expect(await kept()).toEqual({ map: ['B=email'] });
});

test('gates, their reason, --yes and a dry run are of one run only', async () => {
  await imported({ gates: { deactivations: 9 }, reason: 'spring', create: false, update: 'fill' });

  expect(await kept()).toEqual({});
});

test('what is set while a run waits stays as it was set', async () => {
  const runId = await recordImport(context(), {
    source: LIST.name,
    encoding: 'windows-1252',
    days: 'ignore',
  });
  await setSource(context(), { ...LIST, list: { encoding: 'latin1' } });
  await end(runId);

  expect(await kept()).toEqual({ encoding: 'latin1', days: 'ignore' });
});

test('the options of a list are set and removed, each checked as for an import', async () => {
  await setSource(context(), { ...LIST, list: { dateFormat: 'DD.MM.YYYY', ignoreUnknown: true } });
  await setSource(context(), {
    ...LIST,
    list: { missing: 'deactivate', without: ['ignoreUnknown'] },
  });

  expect(await kept()).toEqual({ dateFormat: 'DD.MM.YYYY', missing: 'deactivate' });
  await expect(setSource(context(), { ...LIST, list: { delimiter: 'x' } })).rejects.toMatchObject({
    code: 'usage',
  });
  await expect(
    setSource(context(), { ...LIST, list: { dateFormat: 'soon' } }),
  ).rejects.toMatchObject({ code: 'bad_date_format' });
});

test('the key can be set while the list knows nobody', async () => {
  const keyed = await setSource(context(), { ...LIST, list: { key: 'email' } });
  const options = await next();
  const back = await setSource(context(), { ...LIST, list: { key: 'code' } });
  await store.db.pool.query(
    `with person as (
       insert into "user" (id, code) values (gen_random_uuid(), 'x') returning id)
     insert into identity (source_id, external_id, user_id) select $1, 'x', id from person`,
    [LISTS[0]],
  );

  expect([keyed.key, options.key, back.key]).toEqual(['email', 'email', 'code']);
  await expect(setSource(context(), { ...LIST, list: { key: 'email' } })).rejects.toMatchObject({
    code: 'other_key',
  });
  await expect(next({ key: 'email' })).rejects.toMatchObject({ code: 'other_key' });
});
