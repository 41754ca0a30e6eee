import { LISTING_UNSTABLE } from '../../domain/faults';
import { isFinal } from '../../domain/runs/run';
import type { Db } from '../database/db';
import { writing, type Attempt } from '../database/fence';
import { saveCounts } from '../report/counts';
import { getRun, moveRun, type RunRow } from '../runs/runs';
import { quarantine } from '../sources/quarantine';
import { alertFailed } from './runAlerts';

/** Failures of a sync after which its source is not stopped. */
const NOT_OF_SOURCE: ReadonlySet<string> = new Set([LISTING_UNSTABLE, 'forbidden']);

/** Records why a run cannot go on. The sentence stays in the store; Temporal gets only the code. */
export async function fail(
  db: Pick<Db, 'pool'>,
  o: Attempt & { readonly failure: NonNullable<RunRow['failure']> },
): Promise<void> {
  await writing(db, o, async (tx) => {
    const run = await getRun(tx, o.runId);
    if (isFinal(run.state)) return;
    await moveRun(tx, { runId: o.runId, to: 'failed', failure: o.failure });
    // A list that changed while it was read may be steady at the next sync, so the schedule goes
    // on.
    // An admin who may no longer read it says nothing about a source.
    const setsAside = run.kind === 'sync' && !NOT_OF_SOURCE.has(o.failure.code);
    const aside = setsAside ? await quarantine(tx, { sourceId: run.sourceId, ...o.failure }) : null;
    if (run.plannedAt !== null) await saveCounts(tx, o.runId);
    await alertFailed(tx, o.runId, aside);
  });
}
