import type { AlertData } from '../../domain/alerts/alerts';
import type { Tx } from '../database/db';
import { isAskedFor, raiseAlerts } from '../alerts/alerts';
import type { SetAside } from '../sources/quarantine';
import { getRun, type RunRow } from '../runs/runs';

/**
 * Raises the alert that a run waits for a decision: once, however often the run goes back to
 * waiting.
 */
export async function alertHeld(tx: Tx, runId: string): Promise<void> {
  const run = await getRun(tx, runId);
  const data = { ...about(run), state: 'held', held: run.held } as const;
  await raiseAlerts(tx, [{ event: 'held', key: `held:${runId}`, data }]);
}

/**
 * Raises the alert that a run failed. When the run stopped its source, only that alert is raised:
 * once for each reason until the source is read again, however often it is tried. A dry run raises
 * none, because the person who started it sees it fail.
 */
export async function alertFailed(tx: Tx, runId: string, aside: SetAside | null): Promise<void> {
  const run = await getRun(tx, runId);
  const code = codeOf(run.failure?.code);
  if (aside !== null) {
    const { polling, trouble } = aside;
    const about = polling === 'disabled' ? polling : code;
    const data: AlertData = {
      source: run.source,
      state: polling,
      runId,
      code,
      since: trouble.since,
      nextTryAt: trouble.nextTryAt,
      next: { do: 'showSource', source: run.source },
    };
    const key = `quarantined:${run.sourceId}:${trouble.since}:${about}`;
    await raiseAlerts(tx, [{ event: 'quarantined', key, data }]);
  } else if (!run.dryRun) {
    const data = { ...about(run), state: 'failed', code } as const;
    // A due run that failed is begun again each hour until one goes through.
    const once = run.kind === 'due' ? `${run.sourceId}:${today()}` : runId;
    await raiseAlerts(tx, [{ event: 'failed', key: `failed:${once}:${code}`, data }]);
  }
}

/**
 * Raises an alert for conflicts that a run left, unless a run of the source had all of them the
 * week before.
 */
export async function alertConflicts(tx: Tx, runId: string): Promise<void> {
  const run = await getRun(tx, runId);
  if (run.state !== 'done' || (run.counts['conflict'] ?? 0) === 0) return;
  if (!(await isAskedFor(tx, 'conflicts'))) return;
  if (!(await hasNewConflicts(tx, run))) return;
  const data = { ...about(run), state: 'done' } as const;
  await raiseAlerts(tx, [{ event: 'conflicts', key: `conflicts:${runId}`, data }]);
}

async function hasNewConflicts(tx: Tx, run: RunRow): Promise<boolean> {
  const { rows } = await tx.query<{ found: boolean }>(
    `with concerned as (
       select $1::uuid as id
       union all
       select id from run
       where source_id = $2 and id < $1 and state = 'done' and (counts ->> 'conflict')::int > 0
         and created_at > now() - interval '7 days'
     ), conflicts as (
       select p.run_id, s.external_id, p.reason, p.candidates
       from concerned c
       join plan_entry p on p.run_id = c.id and p.action = 'conflict'
       left join staged_row s on s.run_id = p.run_id and s.line = p.line
     ), fresh as (
       select external_id, reason, candidates from conflicts where run_id = $1
       except
       select external_id, reason, candidates from conflicts where run_id <> $1
     )
     select exists (select from fresh)
       or exists (select from entry_outcome where run_id = $1 and action = 'conflict') as found`,
    [run.id, run.sourceId],
  );
  return rows[0]?.found === true;
}

function about(
  run: RunRow,
): Pick<AlertData, 'source' | 'runId' | 'kind' | 'subject' | 'counts' | 'next'> {
  // The document of a run adds it to `matchedRows`.
  const { alsoLinked: _, ...counts } = run.counts;
  return {
    source: run.source,
    runId: run.id,
    kind: run.kind,
    ...(run.subject === 'users' ? {} : { subject: run.subject }),
    counts,
    next: { do: 'showRun', run: run.id },
  };
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Lets only codes through, because any other text might say something about a person. */
function codeOf(code: string | undefined): string {
  return code !== undefined && /^[a-z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}
