import type { Logger } from '../config/logger';
import { codeOf } from '../domain/passing';
import type { Db } from '../store/database/db';
import { markMoved, type Installation } from '../store/installation/installation';
import { hasRuns, readdressRun, sharedRuns } from '../store/installation/sharedQueue';
import { storedSchedules } from '../store/sources/schedules';
import type { Temporal } from '../temporal/gateway';
import { keepSourceSchedules } from './sourceSchedules';

export interface MoveDeps {
  readonly db: Db;
  readonly temporal: Pick<Temporal, 'schedules' | 'shared'>;
  readonly log: Logger;
}

/**
 * Moves what is this store's own from the queue and the ids that all databases of a namespace shared
 * before installations had ids: the runs that have not ended, then the schedules. What fails is
 * logged and tried again at the next round; true once nothing is left. Several workers may do so.
 */
export async function moveIn(deps: MoveDeps, installation: Installation): Promise<boolean> {
  if (installation.movedAt !== null) return true;
  const { db, temporal, log } = deps;
  const failed = { count: 0 };
  const attempt = async (what: object, move: () => Promise<void>): Promise<void> => {
    try {
      await move();
    } catch (error) {
      failed.count += 1;
      log.error({ ...what, code: codeOf(error) }, 'it could not be moved to its own queue yet');
    }
  };
  for (const { waits, ...run } of await sharedRuns(db, installation.id)) {
    await attempt({ runId: run.runId }, async () => {
      const workflowId = await temporal.shared.takeRun(run, { waits });
      if (workflowId === null) return;
      await readdressRun(db.pool, { runId: run.runId, workflowId });
      log.info({ runId: run.runId, workflowId }, 'the run was moved to its own queue');
    });
  }
  await attempt({ schedules: 'all' }, () => moveSchedules(deps));
  if (failed.count > 0) return false;
  await markMoved(db.pool);
  log.info({ installation: installation.id }, 'moved to the queue of this installation');
  return true;
}

/** The new ones come first, so no time is missed. */
async function moveSchedules({ db, temporal, log }: MoveDeps): Promise<void> {
  const { schedules, shared } = temporal;
  await schedules.keepDue();
  await keepSourceSchedules({ db, schedules, log });
  for (const { sourceId } of await storedSchedules(db.pool)) {
    if (await shared.takeSync(sourceId)) log.info({ sourceId }, 'the old schedule was removed');
  }
  const due = await shared.takeDue((runIds) => hasRuns(db, runIds));
  if (due === 'left') {
    log.warn('the schedule "due" stays: it starts runs of another database of this namespace');
  }
}
