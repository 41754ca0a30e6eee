import { transaction } from '../../../store/database/db';
import { createListSource } from '../../../store/sources/sources';
import { emptyStore, readWorld, row } from '../../support/builders';
import { testDatabase } from '../../support/postgres';
import { dueAt } from '../../support/runs/dueRun';
import { runDocument } from '../../support/runs/documents';
import { importRows, planImport, undoRun, type ImportInput } from '../../support/runs/storeRun';
import { addPolledSource, syncRows, type DueRow } from '../../support/runs/syncRun';

const store = testDatabase();
let list = '';

beforeAll(async () => {
  await addPolledSource(store.db);
  list = (await transaction(store.db, (tx) => createListSource(tx, 'staff'))).id;
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const JUNE = '2026-06-15T12:00:00Z';
const JULY = '2026-07-15T12:00:00Z';
const NOON = (day: string): string => `${day}T12:00:00Z`;

interface File extends Partial<ImportInput> {
  readonly on?: string;
}

/** A file of the list on a day; each person is a code and the cells of their row. */
async function file(
  people: Readonly<Record<string, Readonly<Record<string, string>>>>,
  { on = JUNE, ...input }: File = {},
) {
  const rows = Object.entries(people).map(([code, cells], i) => row(i + 2, { code, ...cells }));
  return importRows(store.db, { rows, sourceId: list, days: { now: on }, ...input });
}

async function statuses(): Promise<Record<string, string | null>> {
  const { people } = await readWorld(store.db.pool);
  return Object.fromEntries(
    [...people.values()].map((p) => [p.fields['code'] ?? p.id, p.fields['status'] ?? null]),
  );
}

async function due(): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ text: string }>(
    `select external_id || ' ' || coalesce(due_status::text, 'again') || ' on ' || due_on
       || coalesce(' until ' || due_then, '') as text
     from identity where due_on is not null order by 1`,
  );
  return rows.map(({ text }) => text);
}

async function reasons(runId: string): Promise<string[]> {
  const { rows } = await store.db.pool.query<{ text: string }>(
    `select action || ' ' || coalesce(reason, '-') as text from plan_entry where run_id = $1
     order by entry`,
    [runId],
  );
  return rows.map(({ text }) => text);
}

describe('days of a row without a status', () => {
  test('a last day that is over, and a first day to come, make a new person inactive', async () => {
    const run = await file({
      gone: { hireDate: '2019-01-01', leaveDate: '2022-06-30' },
      comes: { hireDate: '2031-01-01' },
      there: { hireDate: '2020-01-01', leaveDate: '2031-12-31' },
      last: { leaveDate: '2026-06-15' },
      none: { firstName: 'No' },
    });

    expect(await statuses()).toEqual({
      gone: 'inactive',
      comes: 'inactive',
      there: 'active',
      last: 'active',
      none: 'active',
    });
    expect(await reasons(run.runId)).toEqual([
      'create after_last_day',
      'create before_first_day',
      'create -',
      'create -',
      'create -',
    ]);
    expect(await due()).toEqual([
      'comes again on 2031-01-01',
      'last inactive on 2026-06-16',
      'there inactive on 2032-01-01',
    ]);
  });

  test('they deactivate a person who is there, and the same file changes nothing more', async () => {
    await file({ ann: {}, bo: {} });
    const people = { ann: { leaveDate: '2026-05-31' }, bo: { hireDate: '2026-08-01' } };

    const run = await file(people);
    const again = await file(people);

    expect(await statuses()).toEqual({ ann: 'inactive', bo: 'inactive' });
    expect(await reasons(run.runId)).toEqual([
      'deactivate after_last_day',
      'deactivate before_first_day',
    ]);
    expect(again.counts).toMatchObject({ rows: 2, unchanged: 2, deactivated: 0, updated: 0 });
  });

  test('the gate of deactivations judges them', async () => {
    const codes = Array.from({ length: 40 }, (_, i) => `p${String(i)}`);
    await file(Object.fromEntries(codes.map((code) => [code, { leaveDate: '2030-01-01' }])));

    const { held } = await planImport(store.db, {
      rows: codes.map((code, i) => row(i + 2, { code, leaveDate: '2026-01-01' })),
      sourceId: list,
      days: { now: JUNE },
    });

    expect(held).toMatchObject([{ gate: 'deactivations', count: 40 }]);
  });

  test('a day ahead acts on its day, in the zone of the row, else of the list', async () => {
    await file(
      {
        list: { leaveDate: '2026-06-30' },
        nz: { leaveDate: '2026-06-30', timeZone: 'Pacific/Auckland' },
        comes: { hireDate: '2026-07-01', leaveDate: '2026-07-31' },
      },
      { days: { now: JUNE, zone: 'America/New_York' } },
    );
    await store.db.pool.query(
      `update source set settings = '{"timeZone": "America/New_York"}' where id = $1`,
      [list],
    );

    await dueAt(store.db, '2026-06-30T12:30:00Z');
    const first = await statuses();
    await dueAt(store.db, '2026-07-01T03:00:00Z');
    const second = await statuses();
    await dueAt(store.db, '2026-07-01T05:00:00Z');
    const third = await statuses();
    await dueAt(store.db, '2026-08-01T05:00:00Z');

    expect(first).toEqual({ list: 'active', nz: 'inactive', comes: 'inactive' });
    expect(second).toEqual(first);
    expect(third).toEqual({ list: 'inactive', nz: 'inactive', comes: 'active' });
    expect(await statuses()).toEqual({ list: 'inactive', nz: 'inactive', comes: 'inactive' });
    expect(await due()).toEqual([]);
  });

  test('days of an unnamed upload act on their day, too', async () => {
    await importRows(store.db, {
      rows: [row(2, { code: 'ann', leaveDate: '2026-06-30' })],
      days: { now: JUNE },
    });

    const [run] = await dueAt(store.db, NOON('2026-07-01'));

    expect(run).toMatchObject({ kind: 'due', counts: { deactivated: 1 } });
    expect(await statuses()).toEqual({ ann: 'inactive' });
  });

  test('a later row with the column replaces the days; one without it leaves them', async () => {
    await file({
      moved: { leaveDate: '2026-06-30' },
      taken: { leaveDate: '2026-06-30' },
      left: { leaveDate: '2026-06-30' },
      starts: { hireDate: '2026-07-01', leaveDate: '2026-12-31' },
    });

    await file({ moved: { leaveDate: '2026-09-30' }, taken: {} }, { columns: ['leaveDate'] });
    await file({ left: { firstName: 'Lee' }, starts: { firstName: 'Sam' } });
    await file({ starts: { leaveDate: '2026-10-31' } });

    expect(await due()).toEqual([
      'left inactive on 2026-07-01',
      'moved inactive on 2026-10-01',
      'starts again on 2026-07-01 until 2026-11-01',
    ]);
  });

  test('days that include today give back what the days took, and nothing else', async () => {
    await file({ ann: { leaveDate: '2026-05-31' }, bo: { leaveDate: '2026-05-31' }, cy: {} });
    await file({ cy: { status: 'inactive' } });
    await store.db.pool.query(
      `update "user" set deactivated_at = now() + interval '1 minute' where code = 'bo'`,
    );
    const extended = { leaveDate: '2026-12-31' };

    const run = await file({ ann: extended, bo: extended, cy: extended });
    const { messages } = await runDocument(store.db, run.runId);

    expect(await statuses()).toEqual({ ann: 'active', bo: 'inactive', cy: 'inactive' });
    expect(await reasons(run.runId)).toContain('reactivate days_include_today');
    expect(messages.map(({ code }) => code)).not.toContain('last_day_gone');
    expect(await due()).toContain('ann inactive on 2027-01-01');
  });

  test('a last day that is taken out again gives access back', async () => {
    await file({ ann: { leaveDate: '2026-06-30' } });
    await dueAt(store.db, NOON('2026-07-01'));
    const gone = await statuses();

    await file({ ann: {} }, { on: JULY });
    const withoutColumn = await statuses();
    const again = await file({ ann: {} }, { on: JULY, columns: ['leaveDate'] });
    const { messages } = await runDocument(store.db, again.runId);

    expect(messages.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('1 person gets access back, because the file has no last day'),
    );
    expect(gone).toEqual({ ann: 'inactive' });
    expect(withoutColumn).toEqual({ ann: 'inactive' });
    expect(await statuses()).toEqual({ ann: 'active' });
  });

  test('a source that itself calls the person inactive takes the days out of it', async () => {
    await file({ ann: { leaveDate: '2026-05-31' } });
    await file({ ann: { status: 'inactive', leaveDate: '2026-05-31' } });

    await file({ ann: { leaveDate: '2026-12-31' } });

    expect(await statuses()).toEqual({ ann: 'inactive' });
  });

  test('an unchanged row whose day has come is not overlooked, however the days were read before', async () => {
    const people = { ann: { leaveDate: '2026-06-30' }, bo: { hireDate: '2026-07-01' } };
    await file(people);
    await file(people, { days: 'ignore' });
    const ignored = await due();

    const run = await file(people, { on: JULY });

    expect(ignored).toHaveLength(2);
    expect(run.counts).toMatchObject({ deactivated: 1, reactivated: 1 });
    expect(await statuses()).toEqual({ ann: 'inactive', bo: 'active' });
    expect(await due()).toEqual([]);
  });

  test('days that were ignored are kept by the next file that does not ignore them', async () => {
    const people = { ann: { leaveDate: '2026-06-30' }, bo: { leaveDate: '2026-01-01' } };
    await file(people, { days: 'ignore' });
    const before = await statuses();

    const run = await file(people);

    expect(before).toEqual({ ann: 'active', bo: 'active' });
    expect(await reasons(run.runId)).toEqual(['update days_ahead', 'deactivate after_last_day']);
    expect(await due()).toEqual(['ann inactive on 2026-07-01']);
  });

  test('a person whose status was set by hand keeps it, on the day as well', async () => {
    await file({ ann: { leaveDate: '2026-06-30' }, bo: {} });
    await store.db.pool.query(`update "user" set sticky = '{status}', version = version + 1`);

    const run = await file({ bo: { leaveDate: '2026-01-01' } });
    await dueAt(store.db, NOON('2026-07-01'));

    expect(run.counts).toMatchObject({ keptByHand: 1, deactivated: 0 });
    expect(await statuses()).toEqual({ ann: 'active', bo: 'active' });
    expect(await due()).toEqual([]);
  });

  test('a person who is back with a last day that is over stays out until the days include today', async () => {
    await file({ ann: {}, bo: {} }, { missing: 'deactivate' });
    await file({ bo: {} }, { missing: 'deactivate' });
    await file({ ann: { leaveDate: '2026-05-31' }, bo: {} }, { missing: 'deactivate' });
    const back = await statuses();

    await file({ ann: { leaveDate: '2026-12-31' }, bo: {} }, { missing: 'deactivate' });

    expect(back).toEqual({ ann: 'inactive', bo: 'active' });
    expect(await statuses()).toEqual({ ann: 'active', bo: 'active' });
  });

  test('a run that updates nobody keeps no days of people who were there', async () => {
    await file({ ann: {} });

    await file(
      { ann: { leaveDate: '2026-06-30' }, bo: { leaveDate: '2026-06-30' } },
      { update: 'off' },
    );

    expect(await due()).toEqual(['bo inactive on 2026-07-01']);
  });
});

describe('days of a row with a status', () => {
  test('the status wins, and rows that contradict it are counted', async () => {
    const run = await file({
      gone: { status: 'active', leaveDate: '2022-06-30' },
      comes: { status: 'active', hireDate: '2031-01-01' },
      out: { status: 'inactive', leaveDate: '2022-06-30' },
      later: { status: 'active', leaveDate: '2026-12-31' },
    });

    expect(await statuses()).toEqual({
      gone: 'active',
      comes: 'active',
      out: 'inactive',
      later: 'active',
    });
    expect(await due()).toEqual([]);
    expect(run.messages).toMatchObject([
      { code: 'active_after_last_day', message: expect.stringContaining('1 row says (line 2)') },
      { code: 'active_before_first_day', message: expect.stringContaining('line 3') },
    ]);
  });
});

describe('undo', () => {
  test('gives back statuses and days ahead, and undone again they hold again', async () => {
    await file({ ann: { leaveDate: '2026-12-31' }, bo: { leaveDate: '2026-06-30' } });
    const run = await file({
      ann: { leaveDate: '2026-05-31' },
      bo: { leaveDate: '2026-09-30' },
      new: { hireDate: '2026-07-01' },
    });
    const after = [await statuses(), await due()];

    const undo = await undoRun(store.db, run.runId);
    const undone = [await statuses(), await due()];
    await undoRun(store.db, undo.runId);

    expect(undone).toEqual([
      { ann: 'active', bo: 'active', new: 'inactive' },
      ['ann inactive on 2027-01-01', 'bo inactive on 2026-07-01'],
    ]);
    expect([await statuses(), await due()]).toEqual(after);
  });

  test('of a day that came is not repeated by itself; the next file says it again', async () => {
    await file({ ann: { leaveDate: '2026-06-30' } });
    const [run] = await dueAt(store.db, NOON('2026-07-01'));

    await undoRun(store.db, run?.runId ?? '');
    const repeated = await dueAt(store.db, NOON('2026-07-02'));
    const undone = await statuses();
    await file({ ann: { leaveDate: '2026-06-30' } }, { on: JULY });

    expect(repeated).toEqual([]);
    expect(undone).toEqual({ ann: 'active' });
    expect(await statuses()).toEqual({ ann: 'inactive' });
  });
});

test('rows without a number act on the day they are read; a day ahead is said not to be kept', async () => {
  const rows = [
    row(2, { email: 'ann@x.example', leaveDate: '2026-06-30' }),
    row(3, { email: 'bo@x.example', hireDate: '2026-07-01' }),
  ];
  const run = await importRows(store.db, { rows, sourceId: list, days: { now: JUNE } });
  const first = Object.values(await statuses()).sort();

  await importRows(store.db, { rows, sourceId: list, days: { now: JULY } });

  expect(first).toEqual(['active', 'inactive']);
  expect(run.messages).toMatchObject([{ code: 'days_without_number' }, { code: 'no_number' }]);
  const { people } = await readWorld(store.db.pool);
  expect(
    [...people.values()]
      .map(({ fields }) => `${String(fields['email'])} ${String(fields['status'])}`)
      .sort(),
  ).toEqual(['ann@x.example inactive', 'bo@x.example active']);
});

test('a person without a number who has one on the first day has access from that day', async () => {
  const bo = { email: 'bo@x.example', hireDate: '2026-07-01' };
  await importRows(store.db, { rows: [row(2, bo)], sourceId: list, days: { now: JUNE } });

  await file({ bo }, { on: JULY });

  expect(await statuses()).toEqual({ bo: 'active' });
});

test('days of a row without a number are given back by days in a row with it', async () => {
  const email = 'ann@x.example';
  const alone = row(2, { email, leaveDate: '2026-06-01' });
  await file({ ann: { email } });
  await importRows(store.db, { rows: [alone], sourceId: list, days: { now: JUNE } });
  const ended = await statuses();

  await file({ ann: { email, leaveDate: '2026-12-31' } }, { on: JULY });

  expect([ended, await statuses()]).toEqual([{ ann: 'inactive' }, { ann: 'active' }]);
});

describe('a polled record without a status', () => {
  const PARTS = { required: [] };
  const record = (code: string, rest: Partial<DueRow> = {}): DueRow => ({
    ...row(2, { code }),
    sourceStatus: null,
    ...rest,
  });

  test('has its days given back by days that include today, of which it has to say something', async () => {
    await syncRows(store.db, {
      pages: [[record('ann', { ended: 'after_last_day' }), record('bo')]],
    });
    const first = await statuses();

    await syncRows(store.db, { mode: 'changes', parts: PARTS, pages: [[record('ann')]] });
    const silent = await statuses();
    await syncRows(store.db, {
      mode: 'changes',
      parts: PARTS,
      pages: [[record('ann', { daysKnown: 'last' })]],
    });

    expect(first).toEqual({ ann: 'inactive', bo: 'active' });
    expect(silent).toEqual(first);
    expect(await statuses()).toEqual({ ann: 'active', bo: 'active' });
  });

  test('keeps the days that are known of it when a change says nothing about them', async () => {
    const leaves = { on: '2026-07-01', zone: null, status: 'inactive', then: null } as const;
    await syncRows(store.db, { pages: [[record('ann', { due: leaves, daysKnown: 'both' })]] });

    await syncRows(store.db, { mode: 'changes', parts: PARTS, pages: [[record('ann')]] });
    const kept = await due();
    await syncRows(store.db, { pages: [[record('ann')]] });

    expect(kept).toEqual(['ann inactive on 2026-07-01']);
    expect(await due()).toEqual([]);
  });
});
