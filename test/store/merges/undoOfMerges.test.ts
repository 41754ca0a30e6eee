import { createUndo } from '../../../operations/runs/undo';
import { retain } from '../../../store/lifecycle/retention';
import { forgetImages } from '../../../store/merges/undoable';
import { getRun } from '../../../store/runs/runs';
import { faultOf, ownerOf } from '../../operations/support';
import { addPerson, emptyStore } from '../../support/builders';
import { mergeUsers } from '../../support/merges/pairs';
import { tablesOfUsers } from '../../support/merges/tablesOfUsers';
import { entriesOf, unmerge } from '../../support/merges/unmerging';
import { testDatabase } from '../../support/postgres';

const store = testDatabase();
const DAY_MS = 24 * 3600 * 1000;

beforeEach(() => emptyStore(store.db));

/** A run that merged this many pairs, and its merges in the order of the pairs. */
async function merged(pairs: number): Promise<{ runId: string; merges: string[] }> {
  const { db } = store;
  const numbers = Array.from({ length: pairs }, (_, i) => String(i));
  for (const i of numbers) {
    await addPerson(db.pool, { fields: { code: `s${i}` } });
    await addPerson(db.pool, { fields: { code: `a${i}`, phone: '1' } });
  }
  const seeds = numbers.map((i) => ({ survivor: `s${i}`, redundant: `a${i}` }));
  const { runId } = await mergeUsers(db, { pairs: seeds });
  const { rows } = await db.pool.query<{ id: string }>(
    `select id from merge where run_id = $1 order by entry`,
    [runId],
  );
  return { runId, merges: rows.map(({ id }) => id) };
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
