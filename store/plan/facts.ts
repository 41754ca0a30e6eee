import {
  ACTIVE_THAT_COUNT,
  emptiedFields,
  heldGates,
  leastPeople,
  NUMBER_GATES,
  type Gate,
  type HeldGate,
  type Coverage,
  type Filled,
  type NumberGate,
} from '../../domain/runs/gates';
import { CHANGED_COUNTS, READ_KINDS, RUN_KINDS, type RunKind } from '../../domain/runs/run';
import { MEASURED_SUBJECT, type RunSubject } from '../../domain/runs/subject';
import { NAMED_SOURCE_KINDS } from '../../domain/sources/sourceKind';
import type { ReadFindings } from '../../domain/files/staged';
import type { Queryable } from '../database/db';
import { sqlArray, sqlList } from '../database/sqlList';
import type { ListingFacts, ReadMode } from '../reads/pages';
import { GATED } from '../report/gated';
import { settles } from '../runs/settles';
import type { Presence } from '../runs/runs';
import { fieldsMadeNothing } from './content/nothing';
import { countOfNobody } from './matching/nobody';
import { countRejected } from './rejected';

/** A run and its source, as the planner needs them. */
export interface PlanRun {
  readonly runId: string;
  readonly kind: RunKind;
  readonly subject: RunSubject;
  readonly sourceId: string;
  /** Its name. */
  readonly source: string;
  /** A named list or a polled source. */
  readonly named: boolean;
  readonly dryRun: boolean;
  readonly epoch: number;
  readonly settings: { readonly gates?: Partial<Record<Gate, number>> };
  readonly options: Readonly<Record<string, unknown>>;
  readonly undoOfId: string | null;
  readonly retryOfId: string | null;
  readonly rows: number;
  readonly coverage: Coverage;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * `null`: nothing to judge. Of a retry, `nameless` also where it was true for the run that it
   * retries.
   */
  readonly findings: ReadFindings | null;
  /** Of a sync: `changes` reads only the people that changed. */
  readonly readMode: ReadMode | null;
  readonly listing: ListingFacts | null;
  /** The last complete read that was applied. */
  readonly last: {
    readonly runId: string;
    readonly rows: number;
    readonly coverage: Coverage;
    readonly headers: Readonly<Record<string, string>>;
  } | null;
  /** People of the last read that said who is absent; null: there was none. */
  readonly lastPeople: number | null;
  /** A person rejected a change of this source, and that rejection still stands. */
  readonly hasRejections: boolean;
  /** For each field, how many rows of the last complete read that had its column were filled. */
  readonly lastFilled: Filled;
  /**
   * An applied run of the source created, linked or changed somebody; or an admin resolved this run's row.
   */
  readonly reached: boolean;
  /** The run applies rows of `retryOfId` that an admin matched or had created. */
  readonly resolves: boolean;
  readonly plannedAt: Date | null;
  readonly entries: number;
  readonly held: readonly HeldGate[];
}

/**
 * Runs of the source `s` that wrote somebody: a file of errors or conflicts alone is no first run.
 */
export const REACHED = `
  select from run d
  cross join unnest(${sqlArray(CHANGED_COUNTS)}) c(name)
  where d.source_id = s.id and d.subject = '${MEASURED_SUBJECT}' and d.kind in ${sqlList(READ_KINDS)} and d.state = 'done'
    and (d.counts ->> c.name)::int > 0 and not ${settles('d')}`;

/** SQL: a retry has too few rows to say whether nearly all of them have a name. */
const FINDINGS = `case when exists (
    select from run f where f.id = r.retry_of_id and f.findings -> 'nameless' = 'true')
  then coalesce(r.findings, '{"words": {}}') || '{"nameless": true}' else r.findings end`;

/** SQL: the read that a read of the source `s` is measured by. */
const LAST_MEASURE = `case when s.kind = 'connector'
  then coalesce(s.last_absence_run_id, s.last_good_run_id) else s.last_absence_run_id end`;

export async function loadPlanRun(tx: Queryable, runId: string): Promise<PlanRun> {
  const { rows } = await tx.query<PlanRun>(
    `select r.id as "runId", r.kind, r.subject, r.source_id as "sourceId", s.name as source, s.kind in ${sqlList(NAMED_SOURCE_KINDS)} as named,
       r.dry_run as "dryRun", s.epoch, s.settings, r.options, r.undo_of_id as "undoOfId",
       r.retry_of_id as "retryOfId", r.rows,
       r.coverage, r.headers, ${FINDINGS} as findings, r.read_mode as "readMode", r.listing, r.planned_at as "plannedAt", r.entries, r.held,
       (select jsonb_build_object('runId', l.id, 'rows', l.rows, 'coverage', l.coverage,
          'headers', l.headers) from run l where l.id = s.last_good_run_id) as last,
       (select coalesce((l.presence -> 'people')::int, l.rows) from run l
        where l.id = ${LAST_MEASURE}) as "lastPeople",
       exists (select from rejection x where x.source_id = s.id) as "hasRejections",
       s.coverage as "lastFilled",
       ${settles('r')} or exists (${REACHED}) as reached, ${settles('r')} as resolves
     from run r join source s on s.id = r.source_id where r.id = $1`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`run ${runId} is gone`);
  return row;
}

interface FactRow extends Readonly<Record<NumberGate, number>> {
  readonly renumbered: number;
  readonly absent: number;
  readonly changed: number;
  readonly active_linked: number;
  readonly users: number;
  readonly unreadable: number;
}

/** Counts what the gates judge, and decides them. */
export async function decideGates(
  tx: Queryable,
  o: { readonly run: PlanRun; readonly presence: Presence | null },
): Promise<HeldGate[]> {
  const { run } = o;
  const absence = o.presence?.saysAbsent === true;
  // The gates that judge who people are, and how many, are for reads of people.
  const ofPeople = run.subject === MEASURED_SUBJECT;
  const speaksForSource = ofPeople && RUN_KINDS[run.kind].speaksForSource;
  const { rows } = await tx.query<FactRow>(
    `select
       ${NUMBER_GATES.map((gate) => `count(*) filter (where ${GATED[gate]})::int as ${gate}`).join(', ')},
       count(*) filter (where ${GATED.renumbered})::int as renumbered,
       count(*) filter (where p.action = 'deactivate' and p.line is null)::int as absent,
       count(*) filter (where ${GATED.expect})::int as changed,
       ${speaksForSource ? ACTIVE_LINKED : '0'} as active_linked,
       ${run.reached || run.kind === 'due' || !speaksForSource ? '0' : '(select count(*)::int from "user")'} as users,
       ${absence ? UNREADABLE : '0'} as unreadable
     from plan_entry p where p.run_id = $1`,
    speaksForSource ? [run.runId, run.sourceId] : [run.runId],
  );
  const [f] = rows;
  if (f === undefined) throw new Error('a count gave no row');
  const people = o.presence?.people ?? 0;
  const { gates, expect, asShown } = run.options;
  return heldGates({
    kind: run.kind,
    named: run.named,
    rows: run.rows,
    counts: f,
    renumbered: f.renumbered,
    rejectedBefore: run.hasRejections ? await countRejected(tx, run.runId) : { count: 0, runs: [] },
    activeLinked: f.active_linked,
    firstRun: ofPeople && !run.reached && f.changed > 0,
    usersInStore: f.users,
    absence,
    absentDeactivated: f.absent,
    unreadableKeys: f.unreadable + (absence && f.absent > 0 ? await countOfNobody(tx, run) : 0),
    people,
    measure: absence ? await measureOf(tx, { run, people, gone: f.absent }) : null,
    partial: !ofPeople || isPartial(run),
    unproved: unproved(run),
    emptiedFields: isPartial(run) ? [] : emptiedFields(run.lastFilled, run),
    fieldsMadeNothing: run.findings === null ? [] : await fieldsMadeNothing(tx, run.runId),
    sourceLimits: run.settings.gates ?? {},
    runLimits: isLimits(gates) ? gates : {},
    changed: f.changed,
    // What was shown is confirmed by its hash: a plan that differs from it has no such entry.
    expect: typeof expect === 'number' ? expect : typeof asShown === 'string' ? f.changed : null,
  });
}

/**
 * The people that a read which says who is absent should have: those of the last such read or the active
 * people that the source knows, whichever are more. Missing people that absence does not deactivate are not
 * counted. Counting the active people of a million took 1.2 s, so it is left out where it cannot matter. A list:
 * counted only where the file is too short for its own people and those that it would deactivate together. A
 * system: counted only where a person would be deactivated, because the last read, too, may have been cut short
 * and approved in part. People who are missing for the first time are not deactivated yet.
 */
async function measureOf(
  tx: Queryable,
  o: { readonly run: PlanRun; readonly people: number; readonly gone: number },
): Promise<number | null> {
  const { run, people, gone } = o;
  const isLong = run.kind === 'import' ? people >= leastPeople(people + gone) : gone === 0;
  if (isLong) return run.lastPeople;
  const { rows } = await tx.query<{ active: number }>(
    `select ((
         select count(*) from "user" u where u.status = 'active'
           and exists (select from identity i where i.user_id = u.id and i.source_id = $2))
       - (select count(*) from plan_entry where run_id = $1 and line is null and action = 'skip')
       )::int as active`,
    [run.runId, run.sourceId],
  );
  return Math.max(run.lastPeople ?? 0, rows[0]?.active ?? 0);
}

/** Reads of some people only: a retry, a file that says so, changes, people who are due. */
export function isPartial(run: PlanRun): boolean {
  const { kind, options, readMode } = run;
  const says = options['retryOf'] !== undefined || options['partial'] === true;
  return kind === 'due' || says || readMode === 'changes';
}

/** How many people a read claimed that should have been complete and is not proved so. */
function unproved({ readMode, listing, last }: PlanRun): number | null {
  if (readMode !== 'full' || listing === null || listing.complete) return null;
  return listing.absenceTimes === null ? null : (listing.claimed ?? last?.rows ?? 0);
}

/** Counting a million of them took 1.2 s. */
const ACTIVE_LINKED = `(
  select count(*)::int from (
    select from "user" u where u.status = 'active'
      and exists (select from identity i where i.user_id = u.id and i.source_id = $2)
    limit ${String(ACTIVE_THAT_COUNT)}) active)`;

/** SQL: rows of the run which may be about anybody: a number that has lost its digits is a key, too. */
const UNREADABLE = `(
  select count(*)::int from staged_row s where s.run_id = $1 and s.faults is not null
    and (not s.key_readable
      or exists (select from jsonb_array_elements(s.faults) f where f ->> 1 = 'rounded_key')
        and not exists (select from identity i
          where i.source_id = $2 and i.external_id = s.external_id)))`;

function isLimits(value: unknown): value is Partial<Record<Gate, number>> {
  return typeof value === 'object' && value !== null;
}
