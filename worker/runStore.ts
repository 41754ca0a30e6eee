import { UNMERGE_DAYS } from '../domain/merges/rules';
import type { DueDeps } from '../activities/due';
import type { IngestStore, SyncStore } from '../activities/runStore';
import { DEFAULT_TIME_ZONE, daysAt } from '../domain/zones';
import { rowRules } from '../operations/sources/sourcePerson';
import { applyBatch } from '../store/apply';
import type { Db } from '../store/database/db';
import { takeFence, writing } from '../store/database/fence';
import { claim } from '../store/lifecycle/claim';
import { hold, takeDecision } from '../store/lifecycle/decisions';
import { fail } from '../store/lifecycle/fail';
import { reachOfRun } from '../store/lifecycle/runActor';
import { finish } from '../store/lifecycle/finish';
import { beginDue } from '../store/lifecycle/due';
import { missingIds } from '../store/lifecycle/missing';
import { beginSync } from '../store/lifecycle/syncs';
import { buildPlan } from '../store/plan';
import { getFile, readFile } from '../store/reads/files';
import { closeRead, countPeople, readPlace, restartRead, stagePage } from '../store/reads/pages';
import { stageRecords, stageRows } from '../store/reads/staging';
import { getRun, moveRun, saveProgress, storeTrouble } from '../store/runs/runs';
import { cursorOf } from '../store/sources/connections';
import { zoneOf } from '../store/sources/sources';
import { isSetAside } from '../store/sources/quarantine';
import { courseKeys } from '../store/merges/pairs';
import { organizationKeys } from '../store/users/organizations';
import { selectProperties } from '../store/users/properties';

/** The clock; a different one where a year has to pass in minutes. */
export type Clock = () => Date;

/**
 * The store's functions, bound to a database, in the form that the activities expect. `undoDays`:
 * how long a run can be undone, which is as long as its plan is kept.
 */
export function bindStore(
  db: Db,
  o: {
    readonly undoDays: number;
    /** For how many days a merge can be taken back; by default 180. */
    readonly unmergeDays?: number;
    readonly clock?: Clock;
    /** IANA zone in which a day begins where neither a person nor a source names one. */
    readonly timeZone?: string;
  },
): IngestStore & SyncStore & DueDeps['store'] {
  const { undoDays, clock = () => new Date(), timeZone = DEFAULT_TIME_ZONE } = o;
  const zone = async (sourceId: string): Promise<string> =>
    (await zoneOf(db.pool, sourceId)) ?? timeZone;
  return {
    takeFence: (runId) => takeFence(db, runId),
    getRun: (runId) => getRun(db, runId),
    claim: (attempt) => claim(db, attempt),
    setState: async ({ state, ...attempt }) => {
      await writing(db, attempt, (tx) => moveRun(tx, { runId: attempt.runId, to: state }));
    },
    saveProgress: (attempt, progress) => saveProgress(db, attempt, progress),
    reachOfRun: (runId) => reachOfRun(db, runId),
    buildPlan: (attempt) => buildPlan(db, attempt),
    applySlice: (slice) =>
      applyBatch(db, { ...slice, undoDays, unmergeDays: o.unmergeDays ?? UNMERGE_DAYS }),
    hold: (attempt) => hold(db, attempt),
    takeDecision: (decision) => takeDecision(db, decision),
    finish: (ending) => finish(db, { ...ending, undoDays }),
    tellTrouble: (runId, trouble) => storeTrouble(db, runId, trouble),
    fail: (failure) => fail(db, failure),
    isSetAside: (runId) => isSetAside(db.pool, runId),
    getFile: (fileId) => getFile(db.pool, fileId),
    readFile: (fileId) => readFile(db.pool, fileId),
    organizationKeys: () => organizationKeys(db.pool),
    courseKeys: () => courseKeys(db.pool),
    properties: () => selectProperties(db.pool),
    stageRows: (rows) => stageRows(db, rows),
    stageRecords: (rows) => stageRecords(db, rows),
    beginSync: (sync) => beginSync(db, { ...sync, now: clock() }),
    beginDue: () => beginDue(db, { now: clock(), timeZone }),
    daysOf: async (sourceId) => daysAt(clock(), await zone(sourceId)),
    rowRules: async (runId) => {
      const { sourceId } = await getRun(db, runId);
      return rowRules(db.pool, { timeZone: await zone(sourceId), now: clock() });
    },
    cursor: (sourceId) => cursorOf(db.pool, sourceId),
    readPlace: (runId) => readPlace(db, runId),
    stagePage: (page) => stagePage(db, page),
    restartRead: (beginning) => restartRead(db, beginning),
    missingIds: (o) => missingIds(db, o),
    countPeople: (runId) => countPeople(db, runId),
    closeRead: (end) => closeRead(db, end),
  };
}
