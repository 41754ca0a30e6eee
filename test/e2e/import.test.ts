import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../embedded/paths';
import { TestStack } from '../support/stack';
import { people, rowVersions, printRun } from './client';

/** The staff of one company on two days; the files lie beside the project, not in it. */
const FOLDER = join(process.env['ROLLCALL_SHARED'] ?? join(projectRoot(), '..', 'shared'), 'data');
const FIRST = join(FOLDER, 'staff-1990-01-01.csv');
const SECOND = join(FOLDER, 'staff-1995-01-01.csv');

(existsSync(FIRST) ? describe : describe.skip)('the staff of two days', () => {
  const stack = new TestStack();
  const seen = { url: '', second: '', undo: '' };
  const after = { first: [] as Record<string, unknown>[], second: [] as Record<string, unknown>[] };

  beforeAll(async () => {
    seen.url = (await stack.up()).databaseUrl ?? '';
  }, 120_000);
  afterAll(() => stack.remove(), 60_000);

  test('the first file creates everyone in it', async () => {
    const { exit, run } = await printRun(stack, 'import', FIRST);

    after.first = await people(seen.url);
    expect(exit).toBe(0);
    expect(run).toMatchObject({
      state: 'done',
      counts: { rows: 3218, created: 3218, absent: 0, error: 0, conflict: 0 },
      matchedBy: { none: 3218 },
      held: [],
      next: `rollcall runs undo ${run.runId} --dry-run`,
    });
    expect(statuses(after.first)).toEqual({ active: 3111, inactive: 107 });
  });

  test('the second file is held and changes nobody', async () => {
    const before = await rowVersions(seen.url);

    const { exit, run } = await printRun(stack, 'import', SECOND);

    seen.second = run.runId;
    expect(exit).toBe(4);
    expect(run).toMatchObject({
      state: 'held',
      held: [{ gate: 'deactivations', count: 223, limit: 155 }],
      next: `rollcall runs diff ${run.runId} --gate deactivations`,
    });
    expect(await rowVersions(seen.url)).toEqual(before);
  });

  test('approved, it is applied; each row counts once', async () => {
    const { exit, run } = await printRun(stack, 'runs', 'approve', seen.second, '--reason', 'seen');

    after.second = await people(seen.url);
    expect(exit).toBe(0);
    expect(run).toMatchObject({
      runId: seen.second,
      state: 'done',
      counts: {
        rows: 6620,
        absent: 0,
        created: 3402,
        updated: 2807,
        deactivated: 223,
        unchanged: 188,
        reactivated: 0,
        skipped: 0,
        conflict: 0,
        duplicate: 0,
        error: 0,
      },
    });
    expect(statuses(after.second)).toEqual({ active: 6130, inactive: 490 });
  });

  test('a second approval is refused', async () => {
    const done = await stack.run('runs', 'approve', seen.second, '--json');

    expect(done.exit).toBe(1);
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'run_is_done' } });
  });

  test('the same file again writes not one user', async () => {
    const before = await rowVersions(seen.url);

    const { exit, run } = await printRun(stack, 'import', SECOND);

    expect(exit).toBe(0);
    expect(run.counts).toMatchObject({ rows: 6620, unchanged: 6620, updated: 0, created: 0 });
    expect(await rowVersions(seen.url)).toEqual(before);
  });

  test('a dry run of the undo changes nobody and shows the count to confirm', async () => {
    const before = await rowVersions(seen.url);

    const { exit, run } = await printRun(stack, 'runs', 'undo', seen.second, '--dry-run');

    expect(exit).toBe(0);
    // 160 of the 3,402 were created as inactive: for them the undo has nothing to change.
    expect(run).toMatchObject({
      kind: 'undo',
      state: 'planned',
      undoOf: seen.second,
      held: [{ gate: 'expect', count: 6272 }],
    });
    expect(await rowVersions(seen.url)).toEqual(before);
  });

  test('an undo with another count than expected is held', async () => {
    const { exit, run } = await printRun(stack, 'runs', 'undo', seen.second, '--expect', '6271');
    const rejected = await printRun(stack, 'runs', 'reject', run.runId);

    expect(exit).toBe(4);
    expect(run.held).toEqual([{ gate: 'expect', count: 6272, limit: 6271 }]);
    expect(rejected).toMatchObject({ exit: 0, run: { state: 'rejected' } });
  });

  test('undone, the first people are as they were and the new ones inactive', async () => {
    const { exit, run } = await printRun(stack, 'runs', 'undo', seen.second, '--expect', '6272');

    const now = await people(seen.url);
    const firstIds = new Set(after.first.map(({ id }) => id));
    seen.undo = run.runId;
    expect(exit).toBe(0);
    expect(run.state).toBe('done');
    expect(now.filter(({ id }) => firstIds.has(id))).toEqual(after.first);
    expect(statuses(now.filter(({ id }) => !firstIds.has(id)))).toEqual({ inactive: 3402 });
    expect((await printRun(stack, 'runs', 'show', seen.second)).run.undoneBy).toBe(run.runId);
  });

  test('the undo undone, all are as after the approval', async () => {
    const { exit, run } = await printRun(stack, 'runs', 'undo', seen.undo, '--yes');

    expect(exit).toBe(0);
    expect(run.state).toBe('done');
    expect(await people(seen.url)).toEqual(after.second);
  });
});

function statuses(users: readonly Record<string, unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of users) counts[String(status)] = (counts[String(status)] ?? 0) + 1;
  return counts;
}
