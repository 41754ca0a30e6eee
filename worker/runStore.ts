import type { IngestStore } from '../activities/runStore';
import { applySlice } from '../store/apply';
import type { Db } from '../store/db';
import { claim, fail, finish, hold, takeDecision } from '../store/decide';
import { takeFence, writing } from '../store/fence';
import { getFile, readFile } from '../store/files';
import { organizationKeys } from '../store/organizations';
import { buildPlan } from '../store/plan';
import { selectProperties } from '../store/properties';
import { getRun, moveRun, saveProgress } from '../store/runs';
import { stageRows } from '../store/staging';

/** The store's functions, bound to a database, as the activities take them. */
export function bindStore(db: Db): IngestStore {
  return {
    takeFence: (runId) => takeFence(db, runId),
    getRun: (runId) => getRun(db, runId),
    claim: (attempt) => claim(db, attempt),
    setState: async ({ state, ...attempt }) => {
      await writing(db, attempt, (tx) => moveRun(tx, { runId: attempt.runId, to: state }));
    },
    saveProgress: (runId, progress) => saveProgress(db, runId, progress),
    buildPlan: (attempt) => buildPlan(db, attempt),
    applySlice: (slice) => applySlice(db, slice),
    hold: (attempt) => hold(db, attempt),
    takeDecision: (decision) => takeDecision(db, decision),
    finish: (ending) => finish(db, ending),
    fail: (failure) => fail(db, failure),
    getFile: (fileId) => getFile(db.pool, fileId),
    readFile: (fileId) => readFile(db.pool, fileId),
    organizationKeys: () => organizationKeys(db.pool),
    properties: () => selectProperties(db.pool),
    stageRows: (rows) => stageRows(db, rows),
  };
}
