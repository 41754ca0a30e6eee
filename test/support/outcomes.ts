import type { Db } from '../../store/database/db';
import type { Expected, Outcome } from './oracle';

/**
 * How often a property is tried. A failure prints its seed and path at once; with
 * `ROLLCALL_PROPERTY_SEED`, `_PATH` and `_SHRINK=1` it is repeated and shrunk (minutes).
 * `ROLLCALL_PROPERTY_RUNS` tries it so often instead: `npm run faults -- properties`.
 */
export function runsOf(runs: number): {
  numRuns: number;
  endOnFailure: boolean;
  seed?: number;
  path?: string;
} {
  const setting = (name: string): string | undefined => process.env[`ROLLCALL_PROPERTY_${name}`];
  const [seed, path] = [setting('SEED'), setting('PATH')];
  return {
    numRuns: Number(setting('RUNS') ?? runs),
    endOnFailure: setting('SHRINK') === undefined,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}

/** The time-out of a property on a busy machine; it judges nothing. */
export const PROPERTY_TIMEOUT_MS =
  600_000 * Math.max(1, Number(process.env['ROLLCALL_PROPERTY_RUNS'] ?? '0') / 100);

interface StoredOutcomes {
  readonly outcomes: {
    readonly rows: Map<number, Outcome>;
    readonly absent: Map<string, Outcome>;
  };
  /** line → id of the user that it creates. */
  readonly newIds: Map<number, string>;
}

/** The outcome of each staged row and absent person, from the plan and what became of it. */
export async function storedOutcomes(db: Db, runId: string): Promise<StoredOutcomes> {
  const { rows: entries } = await db.pool.query<{
    line: number | null;
    userId: string | null;
    planned: Outcome;
    outcome: Outcome;
  }>(
    `select p.line, p.user_id as "userId", p.action as planned,
       case when p.decided = -1 then 'skip' else coalesce(o.action, p.action) end as outcome
     from plan_entry p left join entry_outcome o using (run_id, entry)
     where p.run_id = $1 order by p.line`,
    [runId],
  );
  const { rows: staged } = await db.pool.query<{ line: number }>(
    `select line from staged_row where run_id = $1 order by line`,
    [runId],
  );
  const lines = entries.flatMap(({ line }) => (line === null ? [] : [line]));
  if (new Set(lines).size !== lines.length) throw new Error('a row has two outcomes');
  const rows = new Map<number, Outcome>(staged.map(({ line }) => [line, 'unchanged']));
  const absent = new Map<string, Outcome>();
  const newIds = new Map<number, string>();
  for (const { line, userId, planned, outcome } of entries) {
    if (line !== null) rows.set(line, outcome);
    else if (userId !== null) absent.set(userId, outcome);
    if (planned === 'create' && line !== null && userId !== null) newIds.set(line, userId);
  }
  return { outcomes: { rows, absent }, newIds };
}

/** The counts of a run document. */
export function expectedCounts(e: Expected): Record<string, number> {
  const all = [...e.rows.values(), ...e.absent.values()];
  const n = (outcome: Outcome): number => all.filter((o) => o === outcome).length;
  return {
    rows: e.rows.size,
    absent: e.absent.size,
    created: n('create'),
    updated: n('update'),
    linked: e.linked,
    unchanged: n('unchanged'),
    deactivated: n('deactivate'),
    reactivated: n('reactivate'),
    skipped: n('skip'),
    keptByHand: e.kept,
    conflict: n('conflict'),
    duplicate: n('duplicate'),
    error: n('error'),
  };
}
