import { createUndo } from '../../../operations/runs/undo';
import { transaction } from '../../../store/database/db';
import { retain } from '../../../store/lifecycle/retention';
import { forgetImages } from '../../../store/merges/undoable';
import { getRun } from '../../../store/runs/runs';
import { faultOf, ownerOf } from '../../operations/support';
import { addPerson, emptyStore } from '../../support/builders';
import { mergeByHand, recordMergeRun } from '../../support/merges/mergeByHand';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { entriesOf, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();
const DAY_MS = 24 * 3600 * 1000;

beforeEach(async () => {
  await store.db.pool.query(`begin; set local session_replication_role = replica;
    delete from merge_change; delete from merge; delete from user_pair; commit`);
  await emptyStore(store.db);
});

/** A run that merged this many pairs. */
async function merged(pairs: number): Promise<{ runId: string; merges: string[] }> {
  const { db } = store;
  const runId = await transaction(db, recordMergeRun);
  await db.pool.query(
    `update run set undoable_until = now() + interval '180 days', approved_at = now(), entries = $2,
       applied_through = $2, rows = $2 where id = $1`,
    [runId, pairs],
  );
  const merges: string[] = [];
  for (let i = 0; i < pairs; i++) {
    const [survivor, absorbed] = [
      await addPerson(db.pool, { fields: { code: `s${String(i)}` } }),
      await addPerson(db.pool, { fields: { code: `a${String(i)}`, phone: '1' } }),
    ];
    merges.push(await mergeByHand(db, { survivor, absorbed, runId, gives: { phone: '1' } }));
  }
  return { runId, merges };
}

test('an undo takes back what is still merged, whatever plans are kept; then nothing is left', async () => {
  const { db } = store;
  const { runId, merges } = await merged(3);
  await unmerge(db, { merge: merges[1] ?? '' });
  const now = new Date(Date.now() + 120 * DAY_MS);
  const kept = await retain(db, { now, plansDays: 90, filesDays: 30 });
  const { forgottenAt } = await getRun(db, runId);
  await createUndo(ownerOf(store), { run: runId, dryRun: true });
  const undone = await unmerge(db, { run: runId });

  expect(kept.runs).toBeGreaterThan(0);
  expect(forgottenAt).not.toBeNull();
  expect(undone.counts).toMatchObject({ rows: 3, updated: 2, skipped: 1 });
  expect((await entriesOf(db, undone.runId)).map(({ reason }) => reason)).toEqual([
    'unmerge',
    'unmerge',
    'already_unmerged',
  ]);
  expect(await faultOf(createUndo(ownerOf(store), { run: runId }))).toMatchObject({
    code: 'already_unmerged',
  });
});

test('an unmerge is not undone: the accounts are merged again', async () => {
  const { db } = store;
  const { merges } = await merged(1);
  const { runId, undoableUntil } = await unmerge(db, { merge: merges[0] ?? '' });

  expect(undoableUntil).toBeNull();
  expect(await faultOf(createUndo(ownerOf(store), { run: runId }))).toMatchObject({
    code: 'unmerge_not_undone',
  });
});

test('what a merge changed is removed when it can no longer be taken back', async () => {
  const { db } = store;
  const { merges } = await merged(2);
  const early = await forgetImages(db, new Date(Date.now() + 179 * DAY_MS));
  await db.pool.query(`update merge set unmerge_until = now() where id = $1`, [merges[0]]);
  const before = await tablesOfUsers(db.pool);
  const late = await unmerge(db, { merge: merges[0] ?? '' });
  const gone = await forgetImages(db, new Date(Date.now() + 181 * DAY_MS));
  const removed = await unmerge(db, { merge: merges[1] ?? '' });

  expect([early, gone]).toEqual([0, 2]);
  const reasons = [late, removed].map(async ({ runId }) => (await entriesOf(db, runId))[0]?.reason);
  expect(await Promise.all(reasons)).toEqual(['too_late', 'images_removed']);
  expect(await tablesOfUsers(db.pool)).toEqual(before);
});
