import { showMerge } from '../../../operations/merges/merges';
import { createUnmerge, previewUnmerge } from '../../../operations/merges/unmerge';
import { createUndo } from '../../../operations/runs/undo';
import { userHistory } from '../../../operations/users/userHistory';
import { buildPlan } from '../../../store/plan';
import { finish } from '../../../store/lifecycle/finish';
import { addPerson, emptyStore } from '../../support/builders';
import { mergePair } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';
import { runDocument } from '../../support/runs/documents';
import { applyBatches, start } from '../../support/runs/storeRun';
import { actor } from '../../support/users';
import { faultOf, ownerOf } from '../support';

const store = testDatabase();

beforeEach(() => emptyStore(store.db));

/** Two people and their merge. */
async function two() {
  const { pool } = store.db;
  const survivor = await addPerson(pool, { fields: { code: 's', displayName: 'Sue Lee' } });
  const absorbed = await addPerson(pool, { fields: { code: 'a', email: 'sue@x.org' } });
  const { id: merge, runId } = await mergePair(store.db, { survivor, absorbed });
  return { survivor, absorbed, merge, runId };
}

/** Does what the worker does. */
async function carryOut(runId: string): Promise<void> {
  const { db } = store;
  const fence = await start(db, runId);
  await buildPlan(db, { runId, fence });
  await applyBatches(db, { runId, fence, maxEntries: 100 });
  await finish(db, { runId, fence, state: 'done', undoDays: 90 });
}

test('an unmerge is shown and carried out; then merging again is the way back', async () => {
  const owner = ownerOf(store);
  const { merge, survivor, absorbed } = await two();
  const { runId, mergeId, kind } = await createUnmerge(owner, { merge: merge.slice(0, 30) });
  const unplanned = await previewUnmerge(owner, runId);
  await carryOut(runId);

  expect({ mergeId, kind, unplanned }).toEqual({ mergeId: merge, kind: 'merge', unplanned: null });
  expect(await previewUnmerge(owner, runId)).toEqual({
    mergeId: merge,
    survivor: { id: survivor, code: 's', name: 'Sue Lee' },
    absorbed: { id: absorbed, code: 'a', name: null },
    changes: {
      survivor: { email: ['sue@x.org', null] },
      absorbed: {
        email: [null, 'sue@x.org'],
        status: ['merged', 'active'],
        mergedInto: [survivor, null],
      },
    },
    kept: { survivor: {}, absorbed: {} },
    problem: null,
  });
  for (const user of [survivor, absorbed]) {
    const { events } = await userHistory(owner, { user });
    expect(events.filter((event) => event.runId === runId)).toMatchObject([
      { action: 'user.unmerge', changes: expect.objectContaining({ email: expect.anything() }) },
    ]);
  }
  expect(await runDocument(store.db, runId)).toMatchObject({ mergeId: merge, undoableUntil: null });
  expect(await showMerge(owner, merge)).toMatchObject({ state: 'unmerged', unmergeFirst: null });
  expect(await faultOf(createUndo(owner, { run: runId }))).toMatchObject({
    code: 'unmerge_not_undone',
    next: { do: 'mergeUsers', survivor, redundant: absorbed },
  });
});

test('what cannot be taken back is refused, with what can be done', async () => {
  const owner = ownerOf(store);
  const { merge, survivor } = await two();
  const top = await addPerson(store.db.pool, { fields: { code: 't' } });
  const { id: second } = await mergePair(store.db, { survivor: top, absorbed: survivor });
  const other = await addPerson(store.db.pool, { fields: { code: 'o' } });
  const { id: third } = await mergePair(store.db, { survivor: top, absorbed: other });
  const refused = async (id: string): Promise<unknown> =>
    faultOf(createUnmerge(owner, { merge: id }));

  expect(await refused('0123abcd')).toMatchObject({ kind: 'not_found', code: 'merge_not_found' });
  expect(await refused(merge)).toMatchObject({
    code: 'unmerge_first',
    next: { do: 'unmerge', merge: third },
  });
  await carryOut((await createUnmerge(owner, { merge: third })).runId);
  expect(await refused(third)).toMatchObject({
    code: 'already_unmerged',
    message: expect.stringMatching(/on \d{4}-\d\d-\d\d by owner/),
  });
  await store.db.pool.query(`update merge set unmerge_until = now() where id = $1`, [second]);
  expect(await refused(second)).toMatchObject({ kind: 'state', code: 'unmerge_too_late' });
  await store.db.pool.query(`update merge set images_removed_at = now() where id = $1`, [second]);
  expect(await refused(second)).toMatchObject({ code: 'unmerge_images_removed' });
});

test('managers do not take merges back', async () => {
  const { merge } = await two();
  const manager = await actor(store.db, 'manager');

  expect(await faultOf(createUnmerge(manager, { merge }))).toMatchObject({ kind: 'forbidden' });
});
