import { Fault } from '../../domain/faults';
import { RUN_KINDS, WORKING_STATES, isRead, type RunKind } from '../../domain/runs/run';
import type { RunSubject } from '../../domain/runs/subject';
import { UNMERGE_DAYS } from '../../domain/merges/rules';
import type { UserScope } from '../../domain/permissions';
import type { AuditActor } from '../database/audit';
import type { Tx } from '../database/db';
import { sqlList } from '../database/sqlList';
import { rememberKey } from '../lifecycle/lists';
import { behind } from '../runs/behind';
import { settles } from '../runs/settles';
import { APPLIED, appliedCount } from './applied';
import type { BatchRange } from './batch';

/** Entries `from` < entry ≤ `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A run that is being applied, and how far it is. */
export interface Position {
  readonly sourceId: string;
  readonly kind: RunKind;
  readonly subject: RunSubject;
  readonly pass: number;
  readonly entries: number;
  /** How many entries are applied. */
  readonly applied: number;
  /** What is not applied, in order. */
  readonly open: readonly Span[];
  /** Entries up to this one are applied in their order, those after it in any; null: all of them in order. */
  readonly orderedThrough: number | null;
  readonly managersThrough: number;
  readonly appliedAt: Date | null;
  readonly mappingHash: string | null;
  readonly managersByKey: boolean;
  /** The run applies rows as an admin resolved them. */
  readonly settles: boolean;
  readonly by: AuditActor;
}

/** Locks a run that is to be applied, and reads how far it is. @throws Fault state `run_not_ready` */
export async function begin(tx: Tx, runId: string): Promise<Position> {
  const { rows } = await tx.query<Position & { ready: boolean }>(
    `select source_id as "sourceId", kind, subject, pass, entries, ${appliedCount('run')} as applied,
       (select coalesce(jsonb_agg(jsonb_build_object('from', lower(g) - 1, 'to', upper(g) - 1) order by g), '[]')
        from unnest(int4multirange(int4range(1, entries + 1)) - ${APPLIED}) g) as open,
       ordered_through as "orderedThrough",
       managers_through as "managersThrough", applied_at as "appliedAt",
       mapping_hash as "mappingHash",
       coalesce(presence -> 'managersByKey' = 'true', false) as "managersByKey",
       ${settles('run')} as settles, ${behind('run')} as by,
       not dry_run and planned_at is not null and state in ${sqlList(WORKING_STATES)}
         and (approved_at is not null or held = '[]') as ready
     from run where id = $1 for update`,
    [runId],
  );
  const [run] = rows;
  if (run?.ready !== true) {
    throw new Fault('state', {
      code: 'run_not_ready',
      message: `Run ${runId} may not be applied: it is not planned, or not approved.`,
      next: { do: 'showRun', run: runId },
    });
  }
  if (run.kind === 'import' && run.subject === 'users' && run.applied === 0)
    await rememberKey(tx, runId);
  await tx.query(`update run set approved_at = coalesce(approved_at, now()) where id = $1`, [
    runId,
  ]);
  return run;
}

/** SQL: an entry (alias p) is decided for this pass. */
export function decidedFor({ pass }: Position): string {
  return pass === 1 ? 'p.decided is null' : `p.decided = ${String(pass)}`;
}

/** A batch of the run, as the appliers take it. */
export function rangeOf(
  run: Position,
  o: Span & {
    readonly runId: string;
    readonly keySwap: boolean;
    readonly careful: boolean;
    readonly scope?: UserScope;
    readonly unmergeDays?: number;
  },
): BatchRange {
  return {
    runId: o.runId,
    sourceId: run.sourceId,
    decided: decidedFor(run),
    from: o.from,
    to: o.to,
    keySwap: o.keySwap,
    careful: o.careful,
    managersByKey: run.managersByKey,
    bySource: RUN_KINDS[run.kind].speaksForSource,
    by: run.by,
    eventPerPerson: !RUN_KINDS[run.kind].speaksForSource || run.settles,
    isRead: isRead(run.kind),
    scope: o.scope ?? { kind: 'all' },
    unmergeDays: o.unmergeDays ?? UNMERGE_DAYS,
    mappingHash: run.mappingHash,
  };
}
