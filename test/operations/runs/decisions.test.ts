import { parseActions } from '../../../domain/runs/given';
import {
  applyRun,
  approveRun,
  cancelRun,
  rejectRun,
  resumeRun,
  type Decided,
} from '../../../operations/runs/decisions';
import type { OperationContext } from '../../../operations/context';
import type { StoredRunState } from '../../../domain/runs/run';
import { createUndo } from '../../../operations/runs/undo';
import { runDocument } from '../../support/runs/documents';
import { getRun } from '../../../store/runs/runs';
import { testDatabase } from '../../support/postgres';
import { faultOf, ownerOf, putRun, recordImport } from '../support';
import { faultWords } from '../../support/words';

const store = testDatabase();

async function runIn(state: StoredRunState, o: { held?: object[] } = {}): Promise<string> {
  const context = ownerOf(store);
  const runId = await recordImport(context);
  await putRun(context, runId, { state, ...o });
  return runId;
}

const DECISIONS: Record<string, (c: OperationContext, i: { run: string }) => Promise<Decided>> = {
  approve: approveRun,
  reject: rejectRun,
  apply: applyRun,
  cancel: cancelRun,
  resume: resumeRun,
};

test.each<[string, StoredRunState, Decided['workflow'], StoredRunState]>([
  ['approve', 'held', 'decide', 'held'],
  ['reject', 'held', 'decide', 'held'],
  ['reject', 'planned', 'none', 'rejected'],
  ['apply', 'planned', 'start', 'waiting'],
  ['cancel', 'waiting', 'decide', 'waiting'],
  ['cancel', 'running', 'decide', 'running'],
  ['cancel', 'planned', 'none', 'cancelled'],
  ['cancel', 'failed', 'none', 'cancelled'],
  ['resume', 'failed', 'start', 'waiting'],
  ['resume', 'running', 'start', 'running'],
  ['resume', 'held', 'start', 'held'],
])('%s of a %s run is recorded: its workflow has to %s, the run is %s', async (...row) => {
  const [verb, from, workflow, to] = row;
  const runId = await runIn(from);

  const decided = await DECISIONS[verb]?.(ownerOf(store), { run: runId });

  const workflowId: unknown = expect.stringMatching(new RegExp(`^import/[0-9a-f]{12}/${runId}$`));
  expect(decided).toMatchObject({ runId, workflow, workflowId });
  expect((await getRun(store.db, runId)).state).toBe(to);
  const { rows } = await store.db.pool.query(
    'select kind, taken_at is not null as taken from decision where run_id = $1',
    [runId],
  );
  expect(rows).toEqual([{ kind: verb, taken: workflow !== 'decide' }]);
});

test.each<[string, StoredRunState]>([
  ['approve', 'planned'],
  ['approve', 'done'],
  ['approve', 'running'],
  ['reject', 'done'],
  ['apply', 'held'],
  ['apply', 'done'],
  ['apply', 'waiting'],
  ['cancel', 'done'],
  ['cancel', 'cancelled'],
  ['resume', 'done'],
  ['resume', 'planned'],
])('%s of a %s run is refused and leaves no trace', async (verb, state) => {
  const runId = await runIn(state);

  const fault = await faultOf(
    DECISIONS[verb]?.(ownerOf(store), { run: runId }) ?? Promise.resolve(),
  );

  expect(fault).toMatchObject({ kind: 'state', code: `run_is_${state}` });
  expect(await getRun(store.db, runId)).toMatchObject({ state });
  const { rowCount } = await store.db.pool.query('select 1 from decision where run_id = $1', [
    runId,
  ]);
  expect(rowCount).toBe(0);
});

test('a plan is applied once', async () => {
  const runId = await runIn('planned');

  await applyRun(ownerOf(store), { run: runId });
  const again = await faultOf(applyRun(ownerOf(store), { run: runId }));

  expect(again).toMatchObject({ code: 'run_is_waiting' });
  expect(await getRun(store.db, runId)).toMatchObject({
    dryRun: false,
    options: { dryRun: false },
  });
});

test.each([
  [3, []],
  [2, [{ gate: 'expect', count: 3, limit: 0 }]],
])('confirming %d of 3 people leaves these gates: %j', async (expected, held) => {
  const runId = await runIn('planned', { held: [{ gate: 'expect', count: 3, limit: 0 }] });

  await applyRun(ownerOf(store), { run: runId, expect: expected });

  expect(await getRun(store.db, runId)).toMatchObject({ held, options: { expect: expected } });
});

test('a part is approved by action or by entry, with the rest left held', async () => {
  const runId = await runIn('held');
  const context = ownerOf(store);
  await store.db.pool.query(
    `insert into plan_entry (run_id, entry, action, matched_by)
     select $1, entry, 'skip', 'none' from unnest(array[4, 7]) entry`,
    [runId],
  );

  await approveRun(context, { run: runId, only: ['create', 'create', 'update'], keepHeld: true });
  await approveRun(context, { run: runId, entries: [4, 7], reason: 'seen' });

  const { rows } = await store.db.pool.query(
    'select detail, reason from decision where run_id = $1 order by id',
    [runId],
  );
  expect(rows).toEqual([
    { detail: { only: ['create', 'update'], keepHeld: true }, reason: null },
    { detail: { entries: [4, 7] }, reason: 'seen' },
  ]);
});

test.each([8, 1.5])('entry %d, which the plan does not have, cannot be approved', async (entry) => {
  const runId = await runIn('held');

  const fault = await faultOf(approveRun(ownerOf(store), { run: runId, entries: [entry] }));

  expect(fault).toMatchObject({ kind: 'usage', code: 'no_such_entry' });
});

test('actions that change nobody cannot be approved by name', () => {
  expect(parseActions('Create, update')).toEqual(['create', 'update']);
  expect(() => parseActions('create,explode')).toThrow(/"explode" is no action/);
});

test.each([
  [{ only: ['conflict' as const] }],
  [{ only: [] }],
  [{ only: ['create' as const], entries: [1] }],
  [{ keepHeld: true }],
])('approving %j is wrong usage', async (part) => {
  const runId = await runIn('held');

  const fault = await faultOf(approveRun(ownerOf(store), { run: runId, ...part }));

  expect(fault).toMatchObject({ kind: 'usage' });
});

test('a run is found by a prefix that only it has', async () => {
  const runId = await runIn('held');

  const decided = await rejectRun(ownerOf(store), { run: runId.slice(0, -4).toUpperCase() });
  const unknown = await faultOf(rejectRun(ownerOf(store), { run: 'ffffffff' }));
  const several = await faultOf(rejectRun(ownerOf(store), { run: runId.slice(0, 4) }));

  expect(decided.runId).toBe(runId);
  expect(unknown).toMatchObject({ kind: 'not_found' });
  expect(several).toMatchObject({ kind: 'usage', code: 'run_ambiguous' });
});

describe('undo', () => {
  const DAY_MS = 86_400_000;

  test('takes a done run back once, and its undo can be undone', async () => {
    const context = ownerOf(store);
    const first = await runIn('done');

    const undo = await createUndo(context, { run: first, expect: 2 });
    const meanwhile = await faultOf(createUndo(context, { run: first, dryRun: false, expect: 2 }));
    await putRun(context, undo.runId, { state: 'done', counts: { deactivated: 2 } });
    const again = await faultOf(createUndo(context, { run: first, dryRun: false, expect: 2 }));
    const look = await faultOf(createUndo(context, { run: first, dryRun: true, expect: null }));
    const back = await createUndo(context, { run: undo.runId, dryRun: false, expect: 2 });

    expect(await getRun(store.db, undo.runId)).toMatchObject({
      kind: 'undo',
      undoOfId: first,
      source: 'csv',
      options: { undoOf: first, expect: 2, dryRun: false },
    });
    expect(look).toMatchObject({ kind: 'invalid', code: 'already_undone' });
    expect(meanwhile).toMatchObject({ code: 'undo_under_way' });
    expect(again).toMatchObject({
      code: 'already_undone',
      next: { do: 'undo', run: undo.runId },
    });
    expect((await getRun(store.db, back.runId)).undoOfId).toBe(undo.runId);
  });

  test('beside a held one is refused with the ways out of that', async () => {
    const context = ownerOf(store);
    const first = await runIn('done');
    const held = await createUndo(context, { run: first, dryRun: false, expect: 9 });
    await putRun(context, held.runId, { state: 'held' });

    const fault = await faultOf(createUndo(context, { run: first, dryRun: false, expect: 2 }));

    expect(faultWords(fault)).toMatchObject({
      code: 'undo_under_way',
      message: expect.stringMatching(
        new RegExp(`runs approve ${held.runId}[^]*runs reject ${held.runId}`),
      ),
      next: `rollcall runs diff ${held.runId}`,
    });
  });

  test('that was undone itself leaves the run as if never undone: it can be undone again', async () => {
    const context = ownerOf(store);
    const did = { state: 'done', counts: { updated: 2 } } as const;
    const first = await runIn('done');
    const undo = await createUndo(context, { run: first, dryRun: false, expect: 2 });
    await putRun(context, undo.runId, did);
    const undone = await runDocument(store.db, first);
    const back = await createUndo(context, { run: undo.runId, dryRun: false, expect: 2 });
    await putRun(context, back.runId, did);

    const standing = await runDocument(store.db, first);
    const again = await createUndo(context, { run: first, dryRun: false, expect: 2 });
    await putRun(context, again.runId, did);

    expect(undone.undoneBy).toBe(undo.runId);
    expect(standing.undoneBy).toBeNull();
    expect((await runDocument(store.db, undo.runId)).undoneBy).toBe(back.runId);
    expect((await runDocument(store.db, first)).undoneBy).toBe(again.runId);
  });

  test('planned before another one was faster is refused', async () => {
    const context = ownerOf(store);
    const first = await runIn('done');
    const plan = await createUndo(context, { run: first, dryRun: true, expect: null });
    await putRun(context, plan.runId, { state: 'planned' });
    const faster = await createUndo(context, { run: first, dryRun: false, expect: 1 });
    await putRun(context, faster.runId, { state: 'done', counts: { updated: 1 } });

    const fault = await faultOf(applyRun(context, { run: plan.runId }));

    expect(fault).toMatchObject({ code: 'already_undone' });
    expect(String(fault)).toContain(faster.runId);
    expect((await getRun(store.db, plan.runId)).state).toBe('planned');
  });

  test('that found nothing left to undo undid nothing', async () => {
    const context = ownerOf(store);
    const first = await runIn('done');
    const late = await createUndo(context, { run: first, dryRun: false, expect: 1 });
    await putRun(context, late.runId, { state: 'done', counts: { skipped: 3 } });

    expect((await runDocument(store.db, first)).undoneBy).toBeNull();
  });

  test('is over when its time is', async () => {
    const context = ownerOf(store);
    const runId = await runIn('done');
    await putRun(context, runId, {
      state: 'done',
      undoableUntil: new Date(Date.now() - DAY_MS),
    });

    const fault = await faultOf(createUndo(context, { run: runId, dryRun: false, expect: 1 }));

    expect(fault).toMatchObject({ kind: 'state', code: 'undo_expired' });
  });

  test.each<[StoredRunState]>([['held'], ['planned'], ['rejected'], ['running']])(
    'refuses a %s run, of which nothing was written',
    async (state) => {
      const runId = await runIn(state);

      const fault = await faultOf(
        createUndo(ownerOf(store), { run: runId, dryRun: false, expect: 1 }),
      );

      expect(fault).toMatchObject({ kind: 'state', code: `run_is_${state}` });
    },
  );
});
