import type { Gate } from '../../../domain/runs/gates';
import { hold } from '../../../store/lifecycle/decisions';
import { finish } from '../../../store/lifecycle/finish';
import { diffEntries } from '../../../store/report/diff';
import { emptyStore, readWorld, row } from '../../support/builders';
import type { ReadRow } from '../../support/oracle';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import {
  applyPlan,
  decide,
  importRows,
  planBulkOf,
  planImport,
  planUndoOf,
  rejectPlan,
  type ApproveInput,
  type ImportInput,
  type PlannedRun,
} from '../../support/runs/storeRun';
import { addPolledSource, planSync, syncRows } from '../../support/runs/syncRun';
import { stepWords } from '../../support/words';
import { addReferences, LISTS } from '../../support/oracle/worlds';

const store = testDatabase();
const [LIST] = LISTS;

beforeAll(async () => {
  await addReferences(store.db.pool);
  await addPolledSource(store.db);
});
beforeEach(async () => {
  await emptyStore(store.db);
});

const EVERYBODY = Array.from({ length: 20 }, (_, i) => `p${String(i)}`);
const rowsOf = (codes: readonly string[], values: Record<string, string> = {}): ReadRow[] =>
  codes.map((code, i) => row(i + 2, { code, email: `${code}@x.org`, ...values }));
const without = (...gone: readonly string[]) => EVERYBODY.filter((code) => !gone.includes(code));
const WHOLE = { sourceId: LIST, missing: 'deactivate' } as const;

/** So that one change of a kind is held. */
const STRICT: Partial<Record<Gate, number>> = {
  deactivations: 0,
  reactivations: 0,
  key_changes: 0,
};

async function reject(input: Omit<ImportInput, 'sourceId'>): Promise<string> {
  const run = await planImport(store.db, { ...input, sourceId: LIST, gates: STRICT });
  if (run.held.length === 0) throw new Error('no gate holds it');
  await rejectPlan(store.db, run);
  return run.runId;
}

/** The gates of the next file, which is then cancelled. */
async function heldBy(input: Omit<ImportInput, 'sourceId'>): Promise<PlannedRun['held']> {
  const run = await planImport(store.db, { ...input, sourceId: LIST });
  await finish(store.db, { ...run, state: 'cancelled', undoDays: 90 });
  return run.held;
}

const again = (runId: string, count = 1) => [
  { gate: 'rejected_before', count, limit: 0, runs: [runId] },
];

async function inactive(): Promise<string[]> {
  const { people } = await readWorld(store.db.pool);
  return [...people.values()]
    .filter(({ fields }) => fields['status'] === 'inactive')
    .map(({ fields }) => fields['code'] ?? '')
    .sort();
}

test('a rejected leaver comes again: held from the first one on, naming the run, until it is approved', async () => {
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const rejected = await reject({ rows: rowsOf(without('p3')), missing: 'deactivate' });

  const next = await planImport(store.db, { rows: rowsOf(without('p3', 'p4')), ...WHOLE });
  await hold(store.db, next);
  const shown = await runDocument(store.db, next.runId);
  const of = await entriesOf(next.runId);
  await decide(store.db, { ...next, kind: 'approve' });

  expect(next.held).toEqual(again(rejected));
  expect(stepWords(shown.next)).toBe(`rollcall runs diff ${next.runId} --gate rejected_before`);
  expect(stepWords(shown.reason?.next)).toContain(`rollcall runs reject ${next.runId}`);
  expect(shown.messages.map(({ code, message }) => [code, message])).toEqual([
    [
      'rejected_before',
      expect.stringContaining(`rejected in run ${rejected} come again: 1 deactivation.`),
    ],
  ]);
  expect(of).toEqual([['p3', rejected]]);
  expect(await rejections()).toBe(0);
});

async function entriesOf(runId: string): Promise<(string | null | undefined)[][]> {
  const found: (string | null | undefined)[][] = [];
  for await (const { code, rejectedIn } of diffEntries(store.db, {
    runId,
    gate: 'rejected_before',
  }))
    found.push([code, rejectedIn]);
  return found;
}

async function rejections(): Promise<number> {
  return (await store.db.pool.query('select from rejection')).rowCount ?? 0;
}

test('what an approval leaves out counts as rejected, and what it has is not held again', async () => {
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const leaves = async (approve: ApproveInput, ...gone: string[]): Promise<PlannedRun> => {
    const run = await planImport(store.db, {
      rows: rowsOf(without(...gone)),
      ...WHOLE,
      gates: STRICT,
    });
    await applyPlan(store.db, run, { approve });
    return run;
  };
  const first = await leaves({ only: ['create', 'update'] }, 'p3', 'p4');
  const part = await leaves({ entries: [1] }, 'p3', 'p4');
  const done = await runDocument(store.db, part.runId);

  expect(first.held.map(({ gate }) => gate)).toEqual(['deactivations']);
  expect(part.held.map(({ gate, count }) => [gate, count])).toEqual([
    ['deactivations', 2],
    ['rejected_before', 2],
  ]);
  expect(await inactive()).toEqual(['p3']);
  expect(done.messages.map(({ code }) => code)).toEqual([
    'rejected_before',
    'not_approved',
    'rejections_remembered',
  ]);
  expect(await heldBy({ rows: rowsOf(without('p3', 'p4')), missing: 'deactivate' })).toEqual(
    again(part.runId),
  );
});

test('rejecting offers to protect, and a protected person is not held', async () => {
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const runId = await reject({ rows: rowsOf(without('p3')), missing: 'deactivate' });

  const document = await runDocument(store.db, runId);
  await store.db.pool.query(`update "user" set protected = true where code = 'p3'`);

  expect(stepWords(document.next)).toBe(`rollcall runs diff ${document.runId} --action deactivate`);
  expect(document.messages).toMatchObject([
    { code: 'rejections_remembered', message: expect.stringContaining('users protect') },
  ]);
  expect(await heldBy({ rows: rowsOf(without('p3')), missing: 'deactivate' })).toEqual([]);
});

test('a person who is in a complete file again leaves anew; a corrections file says nothing of that', async () => {
  const leaver = { rows: rowsOf(without('p3')), missing: 'deactivate' } as const;
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const runId = await reject(leaver);

  await importRows(store.db, { rows: rowsOf(['p3']), sourceId: LIST, partial: true });
  const corrected = await heldBy(leaver);
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const back = await heldBy(leaver);

  expect([corrected, back]).toEqual([again(runId), []]);
});

test('a status that was rejected is held until the row says otherwise', async () => {
  const said = (status: string) => ({
    rows: [...rowsOf(without('p3')), row(99, { code: 'p3', status })],
  });
  await importRows(store.db, { rows: rowsOf(EVERYBODY), sourceId: LIST });
  const gone = await reject(said('inactive'));
  // Rows without a status, and a file without the row, say nothing of it.
  await importRows(store.db, { rows: rowsOf(EVERYBODY, { department: 'IT' }), ...WHOLE });
  const held = await heldBy(said('inactive'));
  await importRows(store.db, { ...said('active'), sourceId: LIST });
  const anew = await heldBy(said('inactive'));

  await importRows(store.db, { ...said('inactive'), sourceId: LIST });
  const returned = await reject(said('active'));
  const heldBack = await heldBy(said('active'));
  await importRows(store.db, { ...said('inactive'), sourceId: LIST });

  expect([held, anew]).toEqual([again(gone), []]);
  expect(heldBack).toEqual(again(returned));
  expect(await heldBy(said('active'))).toEqual([]);
});

test('a person whose row is a conflict is in a complete file: what was rejected stays so', async () => {
  const back = rowsOf(EVERYBODY, { status: 'active' });
  const withP3 = (values: Record<string, string>): ReadRow[] =>
    back.map((r) => (r.externalId === 'p3' ? row(r.line, { ...r.values, ...values }) : r));
  await importRows(store.db, { rows: withP3({ status: 'inactive' }), ...WHOLE });
  const rejected = await reject({ rows: back });

  const { counts } = await importRows(store.db, { rows: withP3({ code: "'p3" }), ...WHOLE });

  expect(counts).toMatchObject({ conflict: 1 });
  expect(await heldBy({ rows: back, missing: 'deactivate' })).toEqual(again(rejected));
});

test('the same key is held again, another one is not, and takes the rejection back', async () => {
  const moved = (email: string) => ({
    rows: [...rowsOf(without('p3')), row(99, { code: 'p3', email })],
  });
  await importRows(store.db, { rows: rowsOf(EVERYBODY), sourceId: LIST });
  const runId = await reject(moved('wrong@x.org'));

  const same = await heldBy(moved('Wrong@x.org'));
  const other = await planImport(store.db, { ...moved('right@x.org'), sourceId: LIST });
  await applyPlan(store.db, other);

  expect([same, other.held]).toEqual([again(runId), []]);
  expect(await heldBy(moved('wrong@x.org'))).toEqual([]);
});

test('a file without a column of logins says nothing about a rejected login', async () => {
  const moved = { rows: [row(2, { code: 'p3', login: 'other' })], partial: true };
  await importRows(store.db, {
    rows: rowsOf(EVERYBODY).map((one) => ({
      ...one,
      values: { ...one.values, login: `l-${String(one.values.code)}` },
    })),
    sourceId: LIST,
  });
  const runId = await reject(moved);

  await importRows(store.db, { rows: rowsOf(EVERYBODY, { jobTitle: 'Clerk' }), sourceId: LIST });

  expect(await heldBy(moved)).toEqual(again(runId));
});

test('it outlives the plan that it was in', async () => {
  await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const runId = await reject({ rows: rowsOf(without('p3')), missing: 'deactivate' });
  await store.db.pool.query('delete from plan_entry where run_id = $1', [runId]);

  expect(await heldBy({ rows: rowsOf(without('p3')), missing: 'deactivate' })).toEqual(
    again(runId),
  );
});

test('a system that leaves a rejected leaver out again is held, and not once it has had them', async () => {
  const read = (codes: readonly string[]) => ({ pages: [rowsOf(codes)] });
  await syncRows(store.db, read(EVERYBODY));
  await syncRows(store.db, read(without('p3')));
  const left = await planSync(store.db, read(without('p3')));
  await rejectPlan(store.db, left);
  const held = await planSync(store.db, read(without('p3')));
  await finish(store.db, { ...held, state: 'cancelled', undoDays: 90 });
  await syncRows(store.db, read(EVERYBODY));
  await syncRows(store.db, read(without('p3')));
  const anew = await planSync(store.db, read(without('p3')));

  expect([left.held, held.held, anew.held]).toEqual([[], again(left.runId), []]);
});

test('a rejected bulk change, undo or run that made way for a newer read is not remembered', async () => {
  const first = await importRows(store.db, { rows: rowsOf(EVERYBODY), ...WHOLE });
  const { people } = await readWorld(store.db.pool);
  const [user = ''] = people.keys();
  await rejectPlan(store.db, await planUndoOf(store.db, { runId: first.runId }));
  await rejectPlan(
    store.db,
    await planBulkOf(store.db, { users: [user], change: { status: 'inactive' } }),
  );
  const short = await planImport(store.db, {
    rows: rowsOf(without('p3')),
    ...WHOLE,
    gates: STRICT,
  });
  await hold(store.db, short);
  await decide(store.db, { ...short, kind: 'reject', detail: { replaced: true } });
  await finish(store.db, { ...short, state: 'rejected', undoDays: 90 });

  expect(await rejections()).toBe(0);
});

describe('an approval of a part', () => {
  const ADA = { code: 'p1', firstName: 'Ada' };
  const part = async (approve: ApproveInput, ...values: Record<string, string>[]) => {
    await importRows(store.db, { rows: rowsOf(EVERYBODY), sourceId: LIST });
    const read = values.map((one, i) => row(i + 2, one));
    const run = await planImport(store.db, {
      ...{ rows: read, sourceId: LIST, gates: { creations: 0 } },
    });
    await applyPlan(store.db, run, { approve });
    return { ...run, ...(await runDocument(store.db, run.runId)) };
  };

  interface Said {
    readonly messages: readonly { readonly code: string; readonly message: string }[];
  }
  const said = ({ messages }: Said, wanted: string): string[] =>
    messages.filter(({ code }) => code === wanted).map(({ message }) => message);

  test('names the changes that it leaves out, in a message', async () => {
    const { runId, messages } = await part({ only: ['create'] }, ADA, { code: 'new' });

    expect(said({ messages }, 'not_approved')).toEqual([
      `1 change of this plan (update 1) was not approved and is rejected: update Ada (p1). A later read ` +
        `that says the same plans it again. To see it: rollcall runs diff ${runId} --state rejected`,
    ]);
  });

  test('says only of what it has that a login follows', async () => {
    const moved = ['p1', 'p2'].map((code) => ({ code, email: `${code}@new.org` }));
    const follows = (run: Said) => said(run, 'login_follows').map((text) => text.slice(0, 9));

    const none = await part({ only: ['create'] }, ...moved, { code: 'new' });
    const first = await planImport(store.db, {
      rows: moved.map((one, i) => row(i + 2, one)),
      sourceId: LIST,
      gates: { updates: 0 },
    });
    const planned = await runDocument(store.db, first.runId);
    await applyPlan(store.db, first, { approve: { entries: [1] } });

    expect(follows(none)).toEqual([]);
    expect(follows(planned)).toEqual(['2 people ']);
    expect(follows(await runDocument(store.db, first.runId))).toEqual(['1 person ']);
  });
});
