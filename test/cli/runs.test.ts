import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEntries } from '../../cli/entries';
import type { DiffEntry, RunDocument, RunSummary } from '../../domain/runs/runDocument';
import { approveRun } from '../../operations/runs/decisions';
import { transaction } from '../../store/database/db';
import { hold } from '../../store/lifecycle/decisions';
import { finish } from '../../store/lifecycle/finish';
import { createListSource } from '../../store/sources/sources';
import { ownerOf } from '../operations/support';
import { rows, row } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { applyPlan, decide, importRows, planImport, recordImport } from '../support/runs/storeRun';
import { rollcall } from './harness';

const store = testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'rollcall-runs-'));
const NAMES = ['ROLLCALL_HOME', 'ROLLCALL_DATABASE_URL', 'ROLLCALL_TEMPORAL_ADDRESS'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

beforeAll(() => {
  // The store alone: no test here calls Temporal.
  delete process.env['ROLLCALL_TEMPORAL_ADDRESS'];
  process.env['ROLLCALL_HOME'] = folder;
  process.env['ROLLCALL_DATABASE_URL'] = store.url;
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

async function documentOf<T>(...args: string[]): Promise<T> {
  const ran = await rollcall([...args, '--json']);
  expect({ exit: ran.exit, err: ran.err }).toEqual({ exit: 0, err: '' });
  return ran.json() as T;
}

async function entriesOf(runId: string, ...more: string[]): Promise<readonly DiffEntry[]> {
  return (await documentOf<{ entries: DiffEntry[] }>('runs', 'diff', runId, ...more)).entries;
}

test('what waits ends with the next step of the most urgent thing', async () => {
  const nothing = await documentOf<{ next: unknown }>('todo');
  const { runId } = await planImport(store.db, {
    rows: rows({ code: 'T1' }),
    dryRun: true,
  });

  const { next, planned } = await documentOf<{
    next: string;
    planned: { runs: { next: string }[] };
  }>('todo');

  expect(nothing.next).toBeNull();
  expect(next).toBe(planned.runs[0]?.next);
  expect(next).toContain(runId);
});

describe('a diff', () => {
  const plan = { runId: '' };

  beforeAll(async () => {
    await importRows(store.db, {
      rows: rows(
        { code: 'D1', firstName: 'Ann', department: 'X' },
        { code: 'D2', firstName: 'Old boss' },
        { code: 'D3', manager: 'D2' },
      ),
    });
    const { runId } = await planImport(store.db, {
      rows: rows(
        { code: 'D3', manager: 'D9', department: 'New', firstName: 'Cid' },
        { code: 'D1', department: 'Y' },
        { code: 'D8', manager: 'D9' },
        { code: 'D9', firstName: 'New boss' },
      ),
      dryRun: true,
    });
    plan.runId = runId;
  });

  test('names managers by their codes, also those created in the same run', async () => {
    const entries = await entriesOf(plan.runId, '--field', 'manager');

    expect(entries.map(({ code, changes }) => [code, changes]).sort()).toEqual([
      ['D3', { manager: ['D2', 'D9'] }],
      ['D8', { manager: [null, 'D9'] }],
    ]);
  });

  test('has the fields in the order in which a user is shown', async () => {
    const changed = (await entriesOf(plan.runId)).find(({ code }) => code === 'D3');

    expect(Object.keys(changed?.changes ?? {})).toEqual(['firstName', 'department', 'manager']);
  });

  test('of one field shows nothing else, and no entry without it', async () => {
    const entries = await entriesOf(plan.runId, '--field', 'first-name');

    expect(entries.map(({ code, changes }) => [code, changes]).sort()).toEqual([
      ['D3', { firstName: [null, 'Cid'] }],
      ['D9', { firstName: [null, 'New boss'] }],
    ]);
  });

  test('of an unknown field is wrong usage, with the nearest one', async () => {
    const ran = await rollcall(['runs', 'diff', plan.runId, '--field', 'departmnet', '--json']);

    expect(ran.exit).toBe(2);
    expect(ran.json()).toMatchObject({
      error: {
        code: 'unknown_field',
        message: 'There is no field "departmnet"; is "department" meant?',
      },
    });
  });

  test('has a head for people only', async () => {
    const person = await rollcall(['runs', 'diff', plan.runId], { terminal: true });
    const program = await rollcall(['runs', 'diff', plan.runId]);

    expect(person.out).toMatch(
      /^\+ is created or reactivated .*\n {2}ENTRY {2}LINE {2}CODE NAME {2}ACTION/,
    );
    expect(person.out).toContain(program.out);
    expect(program.out).toMatch(/^[+~] entry \d/);
  });

  test('with a limit says how many more there are, and what they do', async () => {
    const text = await rollcall(['runs', 'diff', plan.runId, '--limit', '1']);
    const document = await documentOf<{ entries: DiffEntry[]; more: number }>(
      ...['runs', 'diff', plan.runId, '--limit', '1'],
    );

    expect(text.out).toMatch(
      /^\+ entry 1 .*\nand 3 more; in all 4 entries: create 2, update 2; planned 4\n$/,
    );
    expect(document).toMatchObject({ entries: [{ entry: 1 }], more: 3 });
  });

  test.each([['expect'], ['short_file']])(
    'of gate %s, which counts none of its entries, is wrong usage',
    async (gate) => {
      const ran = await rollcall(['runs', 'diff', plan.runId, '--gate', gate, '--json']);

      expect(ran.exit).toBe(2);
      expect(ran.json()).toMatchObject({ error: { code: 'no_entries_of_gate' } });
    },
  );

  test('of a run that is applied in part shows what is still open, unless asked', async () => {
    const planned = await planImport(store.db, {
      rows: rows({ code: 'D20' }, { code: 'D21' }, { code: 'D22' }),
      gates: { creations: 1 },
    });
    await applyPlan(store.db, planned, { approve: { entries: [2], keepHeld: true } });
    const { runId } = planned;

    const text = await rollcall(['runs', 'diff', runId]);
    const all = await entriesOf(runId, '--state', 'all');
    const list = await rollcall(['runs', 'list', '--state', 'held']);
    await decide(store.db, { ...planned, kind: 'reject' });
    await finish(store.db, { ...planned, state: 'rejected', undoDays: 90 });
    const rejected = await rollcall(['runs', 'diff', runId]);

    expect(text.out).toMatch(/entry 1 .*\(held\)\n.*entry 3 .*\(held\)\n2 entries: .*held 2\n/);
    expect(text.out).toContain(`runs diff ${runId} --state all`);
    expect(all.map(({ entry, state }) => [entry, state])).toEqual([
      [1, 'held'],
      [2, 'applied'],
      [3, 'held'],
    ]);
    expect(list.out).toMatch(/held, part applied .* 3 +2\b/);
    expect(rejected.out).toMatch(/^= entry 1 .*\(rejected\)\n\+ entry 2 .*\(applied\)\n= entry 3/);
  });

  test('as a file opens in a spreadsheet, and its entries are read back', async () => {
    const file = join(folder, 'diff.csv');

    await documentOf('runs', 'diff', plan.runId, '--csv', file);

    expect(readFileSync(file, 'utf8')).toMatch(/^\uFEFFentry,action,/);
    const read = await readEntries(file);
    expect(read.map(({ entry, run }) => [entry, run])).toEqual(
      [1, 2, 3, 4].map((entry) => [entry, plan.runId]),
    );
  });
});

describe('an approval by a file of entries', () => {
  const runs = { mine: '', other: '' };
  const at = (name: string): string => join(folder, `approve-${name}.csv`);

  beforeAll(async () => {
    for (const name of ['mine', 'other'] as const) {
      const codes = ['1', '2', '3'].map((n) => ({ code: `${name}${n}`, firstName: 'New' }));
      const run = await planImport(store.db, { rows: rows(...codes), gates: { creations: 1 } });
      await hold(store.db, run);
      runs[name] = run.runId;
      await documentOf('runs', 'diff', run.runId, '--csv', at(name));
    }
  });

  /** The file that was written, each line changed. */
  function changed(name: string, change: (cells: string[]) => string[]): string {
    const lines = readFileSync(at(name), 'utf8').replace('\uFEFF', '').trimEnd().split('\n');
    const file = at(`${name}-changed`);
    writeFileSync(file, lines.map((line) => change(line.split(',')).join(',')).join('\n'));
    return file;
  }
  const ofMine = (cells: string[]): string[] =>
    cells[0] === 'entry' ? cells : cells.with(-1, runs.mine);

  async function refused(file: string): Promise<{ code: string; message: string; next: string }> {
    const ran = await rollcall(['runs', 'approve', runs.mine, '--entries', file, '--json']);
    const { rows: decisions } = await store.db.pool.query(
      'select from decision where run_id = $1',
      [runs.mine],
    );
    expect({ exit: ran.exit, decisions: decisions.length }).toEqual({ exit: 2, decisions: 0 });
    return (ran.json() as { error: { code: string; message: string; next: string } }).error;
  }

  test('says what its approval would reject, where it has a part of the plan', async () => {
    const file = at('part');

    const { out } = await rollcall([
      ...['runs', 'diff', runs.mine, '--action', 'update', '--csv', file, '--force'],
    ]);

    expect(out).toBe(
      `${file}: 0 entries\nThe plan has 3 more changes. \`runs approve --entries\` rejects what is not in its ` +
        'file; with --keep-held it stays on hold.\n',
    );
  });

  test('made for another run is refused by the run that it names', async () => {
    const fault = await refused(at('other'));

    expect(fault.code).toBe('entries_of_another_run');
    expect(fault.message).toContain(`Line 2 of the file of entries is of run ${runs.other}`);
    expect(fault.next).toContain(`runs diff ${runs.mine} --csv entries-${runs.mine}.csv`);
  });

  test('that does not name its run is refused', async () => {
    const fault = await refused(changed('mine', ([entry = '']) => [entry]));

    expect(fault).toMatchObject({
      code: 'bad_entries',
      message: expect.stringContaining('no column "run"') as unknown,
      next: 'rollcall runs diff RUN --csv FILE, then take lines out',
    });
  });

  test('made for another run, under the name of this one, is refused by the people it names', async () => {
    const fault = await refused(changed('other', ofMine));

    expect(fault.code).toBe('entry_mismatch');
    expect(fault.message).toMatch(
      /^Line 2 of .* entry 1 is create \(line 2, code other1, user .*\); in run .* it is create \(line 2, code mine1, user .*\)\. So do 2 more\./,
    );
  });

  test.each([
    ['another action', 1, 'deactivate', 'entry_mismatch'],
    ['another line', 2, '99', 'entry_mismatch'],
    ['nobody', 4, '', 'entry_mismatch'],
    ['an entry that is not there', 0, '99', 'no_such_entry'],
  ])('that names %s in one line is refused', async (_, column, cell, code) => {
    const file = changed('mine', (cells) => (cells[0] === '2' ? cells.with(column, cell) : cells));

    expect(await refused(file)).toMatchObject({
      code,
      message: expect.stringMatching(/^Line 3 /) as unknown,
    });
  });

  test('that has only codes is judged by the codes', async () => {
    const file = changed('other', ([entry = '', , , code = '']) => [
      ...[entry, code],
      entry === 'entry' ? 'run' : runs.mine,
    ]);

    expect(await refused(file)).toMatchObject({ code: 'entry_mismatch' });
  });

  test('of the run itself, lines taken out and codes mangled, is recorded', async () => {
    const claims = await readEntries(
      changed('mine', (cells) => cells.with(3, cells[0] === 'entry' ? 'code' : '7')),
    );

    await approveRun(ownerOf(store), { run: runs.mine, entries: claims.slice(1) });

    const { rows: decisions } = await store.db.pool.query(
      'select detail from decision where run_id = $1',
      [runs.mine],
    );
    expect(decisions).toEqual([{ detail: { entries: [2, 3] } }]);
  });
});

test('a list counts messages and errors, and leaves the messages to the run', async () => {
  const { runId } = await importRows(store.db, {
    rows: [row(2, { code: 'M1' }), row(3, { code: 'M2', firstName: 'M' }, { fault: true })],
  });

  const { runs } = await documentOf<{ runs: RunSummary[] }>('runs', 'list', '--source', 'csv');
  const text = await rollcall(['runs', 'list']);

  const listed = runs.find((run) => run.runId === runId);
  expect(listed).toMatchObject({ messageCount: 1, counts: { error: 1 } });
  expect(listed).not.toHaveProperty('messages');
  expect(text.out).toMatch(/^RUN .* ERROR/);
  for (const line of text.out.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

test('an unknown source is answered with the nearest name', async () => {
  const ran = await rollcall(['runs', 'list', '--source', 'cvs', '--json']);

  expect(ran.exit).toBe(5);
  expect(ran.json()).toMatchObject({
    error: { message: 'There is no source "cvs"; is "csv" meant?', next: 'rollcall sources list' },
  });
});

test('a prefix that several runs share is answered with all of them', async () => {
  const [a, b] = [
    await importRows(store.db, { rows: rows({ code: 'P1' }) }),
    await importRows(store.db, { rows: rows({ code: 'P2' }) }),
  ];

  const ran = await rollcall(['runs', 'show', a.runId.slice(0, 5)]);

  expect(ran.exit).toBe(2);
  for (const { runId } of [a, b]) {
    expect(ran.err).toMatch(new RegExp(`^ {2}${runId} {2}import {2}done {2}\\d{4}-`, 'm'));
  }
});

test('a run shows who decided what, and why', async () => {
  const run = await planImport(store.db, { rows: rows({ code: 'X1' }, { code: 'X2' }) });
  await applyPlan(
    store.db,
    { ...run, held: [{ gate: 'creations', count: 2, limit: 1 }] },
    { approve: { entries: [1] } },
  );
  await store.db.pool.query(`update decision set reason = 'seen' where run_id = $1`, [run.runId]);

  const { decisions } = await documentOf<RunDocument>('runs', 'show', run.runId);
  const text = await rollcall(['runs', 'show', run.runId]);

  expect(decisions).toEqual([
    {
      kind: 'approve',
      by: 'owner',
      at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      entries: 1,
      reason: 'seen',
      taken: true,
    },
  ]);
  expect(text.out).toMatch(/approved by owner, .* \(1 entry\): seen\nnext: /);
});

test('the list of sources shows what is held and how many people each one knows', async () => {
  const source = await transaction(store.db, (tx) => createListSource(tx, 'payroll'));
  await importRows(store.db, { sourceId: source.id, rows: rows({ code: 'S1' }, { code: 'S2' }) });
  const held = await planImport(store.db, { sourceId: source.id, rows: rows({ code: 'S3' }) });
  await hold(store.db, held);

  const { sources } = await documentOf<{ sources: { name: string }[] }>('sources', 'list');
  const text = await rollcall(['sources', 'list']);
  await decide(store.db, { ...held, kind: 'reject' });

  expect(sources.find(({ name }) => name === 'payroll')).toMatchObject({
    name: 'payroll',
    kind: 'list',
    createdAt: expect.stringMatching(/Z$/) as unknown,
    lastRun: {
      runId: held.runId,
      state: 'held',
      createdAt: expect.stringMatching(/Z$/) as unknown,
    },
    blockedBy: { runId: held.runId, since: expect.stringMatching(/Z$/) as unknown },
    activePeople: 2,
  });
  expect(text.out).toContain(`blocked by ${held.runId} since`);
  expect(text.out).toContain(`next: rollcall runs show ${held.runId}\n`);
});

test.each([
  ['now()', /^It waits for its turn/],
  [`now() - interval '10 minutes'`, /^No worker has taken it up yet/],
  ['null', /^No worker has taken it up yet/],
])(
  'a waiting run that last asked for its turn at %s says what it waits for',
  async (at, reason) => {
    const runId = await recordImport(store.db, {});
    await store.db.pool.query(
      `update run set asked_at = ${at}, created_at = now() - interval '1 hour' where id = $1`,
      [runId],
    );

    const run = await documentOf<RunDocument>('runs', 'show', runId);

    expect(run).toMatchObject({ state: 'waiting', reason: expect.stringMatching(reason) });
  },
);

test('a held run has no progress', async () => {
  const planned = await planImport(store.db, { rows: rows({ code: 'H1' }) });
  await store.db.pool.query(
    `update run set progress = '{"phase":"reading","done":0,"total":null}' where id = $1`,
    [planned.runId],
  );
  await hold(store.db, planned);

  const run = await documentOf<RunDocument>('runs', 'show', planned.runId);

  expect(run).toMatchObject({ state: 'held', progress: null });
});

test('a run without failed rows has nothing to fix, and no file', async () => {
  const { runId } = await importRows(store.db, { rows: rows({ code: 'F1' }) });
  const file = join(folder, 'none.csv');

  const ran = await rollcall(['runs', 'report', runId, '--failed-rows', file]);

  expect(ran.exit).toBe(0);
  expect(ran.out).toContain('There is nothing to fix, so ');
  expect(existsSync(file)).toBe(false);
  expect(await documentOf('runs', 'report', runId, '--failed-rows', file)).toEqual({
    runId,
    file: null,
    rows: 0,
    next: null,
  });
});
