import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createRunActivities } from '../../activities/runs';
import { getRun } from '../../store/runs/runs';
import { bindStore } from '../../worker/runStore';
import { emptyStore, rows } from '../support/builders';
import { testDatabase } from '../support/postgres';
import { planImport } from '../support/runs/storeRun';

const store = testDatabase();

beforeEach(async () => {
  await emptyStore(store.db);
});

test('a cancellation ends the statement under way, and nothing of it is there', async () => {
  const { db } = store;
  const { runId } = await planImport(db, { rows: rows({ code: 'a' }) });
  await db.pool.query(`delete from plan_entry where run_id = $1`, [runId]);
  await db.pool.query(`update run set planned_at = null, entries = 0 where id = $1`, [runId]);
  const log = { warn: () => undefined };
  const { buildPlan } = createRunActivities({ store: bindStore(db, { undoDays: 90 }), log });
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const blocker = await db.pool.connect();

  try {
    await blocker.query('begin; lock table identity in access exclusive mode');
    const planned = env.run(buildPlan, { runId });
    await untilBlocked();
    env.cancel();

    await expect(planned).rejects.toBeInstanceOf(CancelledFailure);
    expect((await getRun(db, runId)).plannedAt).toBeNull();
  } finally {
    await blocker.query('rollback');
    blocker.release();
  }
});

async function untilBlocked(): Promise<void> {
  for (;;) {
    const { rows: waiting } = await store.db.pool.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name like 'rollcall run %'
         and wait_event_type = 'Lock'`,
    );
    if ((waiting[0]?.n ?? 0) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
