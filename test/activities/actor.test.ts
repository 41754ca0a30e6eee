import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createRunActivities } from '../../activities/runs';
import type { OperationContext } from '../../operations/context';
import { approveRun, resumeRun } from '../../operations/runs/decisions';
import { readRun } from '../../operations/runs/runs';
import { createUndo } from '../../operations/runs/undo';
import { createBulk } from '../../operations/users/bulk';
import { newId } from '../../store/database/db';
import { reachOfRun } from '../../store/lifecycle/runActor';
import { createRun } from '../../store/runs/runs';
import { CSV_SOURCE_ID } from '../../store/sources/sources';
import { bindStore } from '../../worker/runStore';
import { emptyStore } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { actor, addUsers } from '../support/users';

const store = testDatabase();
const MINE = newId();
const ALSO = newId();
const AWAY = newId();
let owner: OperationContext;
let manager: OperationContext;
/** Four people of MINE, then two of ALSO. */
let people: readonly string[];

beforeAll(async () => {
  owner = await actor(store.db);
  await store.db.pool.query(
    `insert into organization (id, code, code_key, name)
     select id, code, lower(code), code from unnest($1::uuid[], $2::text[]) o(id, code)`,
    [
      [MINE, ALSO, AWAY],
      ['MINE', 'ALSO', 'AWAY'],
    ],
  );
});

beforeEach(async () => {
  await emptyStore(store.db);
  manager = await actor(store.db, 'manager', [MINE, ALSO]);
  people = await addUsers(
    store.db.pool,
    [MINE, MINE, MINE, MINE, ALSO, ALSO].map((organizationId, n) => ({
      id: `0192aaaa-0000-7000-8000-00000000000${String(n)}`,
      code: `P${String(n)}`,
      organizationId,
    })),
  );
});

/** The activities of a worker that applies two entries in each batch, and one batch in each activity. */
const steps = () =>
  createRunActivities({
    store: bindStore(store.db, { undoDays: 90 }),
    log: { warn: () => undefined },
    pace: { applyMs: 0, sliceEntries: 2, lanes: 1 },
  });

function played<R>(step: (input: { runId: string }) => Promise<R>, runId: string): Promise<R> {
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return env.run(step, { runId });
}

async function planned(by: OperationContext, expect: number | null = 6): Promise<string> {
  const change = { users: people, status: 'inactive', dryRun: false, expect } as const;
  const { runId } = await createBulk(by, change);
  await begun(runId);
  return runId;
}

async function begun(runId: string) {
  const { claimRun, buildPlan } = steps();
  expect(await played(claimRun, runId)).toEqual({ outcome: 'claimed' });
  return played(buildPlan, runId);
}

async function appliedToEnd(runId: string): Promise<void> {
  const { applySlices, finishRun } = steps();
  while (!(await played(applySlices, runId)).done);
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const ending = { runId, state: 'done' } as const;
  await env.run(finishRun, ending);
}

async function inactive(): Promise<number> {
  const { rows } = await store.db.pool.query<{ n: number }>(
    `select count(*)::int as n from "user" where status = 'inactive' and id = any ($1)`,
    [people],
  );
  return rows[0]?.n ?? -1;
}

const query = (sql: string, values: readonly unknown[]) => store.db.pool.query(sql, [...values]);

const LOST: Readonly<Record<string, () => Promise<unknown>>> = {
  'demoted to viewer': () =>
    query(`update admin set level = 'viewer' where id = $1`, [manager.actorId]),
  disabled: () => query(`update admin set disabled_at = now() where id = $1`, [manager.actorId]),
  'linked to a user who is deactivated': async () => {
    const [user] = await addUsers(store.db.pool, [{ code: 'ADMIN' }]);
    await query(`update admin set user_id = $2 where id = $1`, [manager.actorId, user]);
    await query(`update "user" set status = 'inactive', deactivated_at = now() where id = $1`, [
      user,
    ]);
  },
  'taken out of one of the organizations': () =>
    query(`delete from admin_organization where admin_id = $1 and organization_id = $2`, [
      manager.actorId,
      ALSO,
    ]),
  'moved to another organization': async () => {
    await query(`delete from admin_organization where admin_id = $1`, [manager.actorId]);
    await query(`insert into admin_organization values ($1, $2)`, [manager.actorId, AWAY]);
  },
};

test.each(Object.entries(LOST))(
  'an admin who is %s amid a run writes nothing more; an owner goes on, or undoes it',
  async (_, lose) => {
    const { applySlices } = steps();
    const runId = await planned(manager);
    await played(applySlices, runId);

    await lose();
    const failure = await played(applySlices, runId).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'Forbidden', nonRetryable: true });
    expect(await readRun(owner, runId)).toMatchObject({
      state: 'failed',
      counts: { deactivated: 2, skipped: 4 },
      error: { code: 'forbidden', next: { do: 'resume', run: runId } },
    });
    expect(await inactive()).toBe(2);
    expect(await createUndo(owner, { run: runId, dryRun: true, expect: null })).toBeDefined();
    await resumeRun(owner, { run: runId });
    // The last step of the workflow that failed, which a resume may overtake.
    expect(failure).toMatchObject({ details: [{ code: 'forbidden', stored: true }] });
    await played((run) => steps().failRun({ ...run, code: 'forbidden', stored: true }), runId);
    await begun(runId);
    await appliedToEnd(runId);
    expect(await readRun(owner, runId)).toMatchObject({
      state: 'done',
      counts: { deactivated: 6, skipped: 0 },
    });
    const { rows } = await query(
      `select actor_id as by, count(*)::int as n from audit_event
       where subject_type = 'user' and run_id = $1 group by 1 order by 2`,
      [runId],
    );
    expect(rows).toEqual([
      { by: manager.actorId, n: 2 },
      { by: owner.actorId, n: 4 },
    ]);
  },
);

test('who lost it before the plan is not planned for, and not while waiting either', async () => {
  const { claimRun } = steps();
  const { runId } = await createBulk(manager, {
    users: people,
    status: 'inactive',
    dryRun: false,
    expect: 6,
  });
  await LOST['disabled']?.();

  await expect(played(claimRun, runId)).rejects.toMatchObject({ type: 'Forbidden' });

  expect(await readRun(owner, runId)).toMatchObject({ state: 'failed' });
});

test('people who left the reach are skipped and counted: before the plan, and after it', async () => {
  const { runId } = await createBulk(manager, {
    users: people,
    status: 'inactive',
    dryRun: false,
    expect: 5,
  });
  await query(`update "user" set organization_id = $1 where code = 'P1'`, [AWAY]);
  await begun(runId);
  await query(`update "user" set organization_id = null where code = 'P4'`, []);
  await appliedToEnd(runId);

  expect(await readRun(manager, runId)).toMatchObject({
    state: 'done',
    counts: { deactivated: 4, skipped: 2 },
    skippedFor: { out_of_reach: 2 },
  });
  expect(await inactive()).toBe(4);

  await query(`update "user" set organization_id = $1 where code = 'P2'`, [AWAY]);
  const undo = await createUndo(manager, { run: runId, dryRun: false, expect: 3 });
  await begun(undo.runId);
  await appliedToEnd(undo.runId);
  expect(await readRun(manager, undo.runId)).toMatchObject({
    state: 'done',
    counts: { reactivated: 3, skipped: 1 },
    skippedFor: { out_of_reach: 1 },
    messages: [],
  });
});

test('the same people, and no query more, for an owner who reaches all', async () => {
  const runId = await planned(owner);
  await query(`update "user" set organization_id = $1 where code = 'P1'`, [AWAY]);

  await appliedToEnd(runId);

  expect(await readRun(owner, runId)).toMatchObject({ counts: { deactivated: 6, skipped: 0 } });
});

test('a decision of an admin who lost the right is not taken, and is late for good', async () => {
  const { holdRun, takeDecision } = steps();
  const runId = await planned(manager, null);
  await played(holdRun, runId);
  const { decisionId } = await approveRun(manager, { run: runId });
  await query(`update admin set disabled_at = now() where id = $1`, [manager.actorId]);

  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const taken = await env.run(takeDecision, { runId, decisionId });

  expect(taken).toEqual({ outcome: 'ignored' });
  await query(`update admin set disabled_at = null where id = $1`, [manager.actorId]);
  expect(await env.run(takeDecision, { runId, decisionId })).toEqual({ outcome: 'ignored' });
  expect(await inactive()).toBe(0);
});

test('a schedule acts as owner, also where the admin of that id is disabled; a hand does not', async () => {
  const admin = await actor(store.db, 'admin');
  const run = { kind: 'sync', sourceId: CSV_SOURCE_ID, options: {}, dryRun: false } as const;
  const { actorId } = admin;
  const scheduled = { ...run, actorId, readMode: 'full', workflowId: 'sync/x/y-2026' } as const;
  const bySchedule = await createRun(store.db.pool, scheduled);
  const byHand = await createRun(store.db.pool, { ...run, actorId, readMode: 'full' });

  await query(`update admin set disabled_at = now() where id = $1`, [actorId]);

  expect(await reachOfRun(store.db, bySchedule.runId)).toEqual({ kind: 'all' });
  await expect(reachOfRun(store.db, byHand.runId)).rejects.toMatchObject({ code: 'forbidden' });
});
