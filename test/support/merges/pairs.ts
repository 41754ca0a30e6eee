import { MERGES_SOURCE_ID, OWNER_ID } from '../../../store/sources/sources';
import { userKey } from '../../../domain/keys';
import { buildPlan } from '../../../store/plan';
import { newId, transaction, type Db, type Queryable } from '../../../store/database/db';
import { finish } from '../../../store/lifecycle/finish';
import { createRun } from '../../../store/runs/runs';
import { applyPlan, start, type PlannedRun } from '../runs/storeRun';

/** A pair as a row names it. */
export interface PairSeed {
  readonly survivor: string;
  readonly redundant: string;
  readonly take?: Readonly<Record<string, 'survivor' | 'redundant'>>;
  readonly reason?: string;
  /** The row could not be read. */
  readonly fault?: true;
}

export interface MergeInput {
  readonly pairs: readonly PairSeed[];
  readonly dryRun?: boolean;
  readonly asShown?: string;
  /** The slot that the run takes; by default that of merges. */
  readonly sourceId?: string;
}

/** Records a run of merges, stages its pairs (line 1, 2, …) and plans it; the number of pairs is confirmed. */
export async function planMergesOf(db: Db, o: MergeInput): Promise<PlannedRun> {
  const { pairs, dryRun = false, asShown, sourceId = MERGES_SOURCE_ID } = o;
  const { runId } = await transaction(db, (tx) =>
    createRun(tx, {
      kind: 'merge',
      subject: 'merges',
      sourceId,
      actorId: OWNER_ID,
      options: { expect: pairs.length, ...(asShown === undefined ? {} : { asShown }) },
      dryRun,
    }),
  );
  const fence = await start(db, runId);
  await stagePairs(db.pool, runId, pairs);
  const { held, entries } = await buildPlan(db, { runId, fence });
  if (dryRun) await finish(db, { runId, fence, state: 'planned', undoDays: 90 });
  return { runId, fence, held, entries };
}

/** Plans and applies merges. */
export async function mergeUsers(
  db: Db,
  o: MergeInput & { readonly maxEntries?: number },
): Promise<PlannedRun> {
  const run = await planMergesOf(db, o);
  await applyPlan(db, run, { maxEntries: o.maxEntries ?? 1000 });
  return run;
}

async function stagePairs(db: Queryable, runId: string, pairs: readonly PairSeed[]): Promise<void> {
  const rows = pairs.map(({ survivor, redundant, take = {}, reason = null, fault }, i) => ({
    line: i + 1,
    user_ref: survivor,
    other_ref: redundant,
    record: { userKey: userKey(survivor), otherKey: userKey(redundant), take, reason },
    faults: fault === true ? [['survivor', 'missing_value', '']] : null,
  }));
  await db.query(
    `insert into staged_row (run_id, line, user_ref, other_ref, record, faults)
     select $1, line, user_ref, other_ref, record, nullif(faults, 'null')
     from jsonb_to_recordset($2) as r(line int, user_ref text, other_ref text, record jsonb, faults jsonb)`,
    [runId, JSON.stringify(rows)],
  );
  await db.query(`update run set rows = $2, staged_at = now() where id = $1`, [runId, rows.length]);
}

export interface EnrollmentSeed {
  readonly userId: string;
  readonly course: string;
  readonly status?: 'enrolled' | 'in_progress' | 'completed' | 'cancelled';
  readonly score?: number | null;
  readonly progress?: number | null;
  /** `2026-01-31`. */
  readonly completed?: string | null;
}

/** Enrolls a user; the course is made where it is missing. Returns the id of the enrollment. */
export async function enroll(db: Queryable, e: EnrollmentSeed): Promise<string> {
  const id = newId();
  await db.query(
    `with made as (
       insert into course (id, code, code_key, name) values ($1, $2, $3, $2)
       on conflict (code_key) do nothing returning id
     )
     insert into enrollment (id, user_id, course_id, status, score, progress, completed_at)
     select $4, $5, coalesce((select id from made), (select id from course where code_key = $3)), $6, $7, $8, $9`,
    [
      newId(),
      e.course,
      userKey(e.course),
      id,
      e.userId,
      e.status ?? 'enrolled',
      e.score ?? null,
      e.progress ?? null,
      e.completed ?? (e.status === 'completed' ? '2026-01-31' : null),
    ],
  );
  return id;
}

/** Gives a user an external credit; `print` is what makes it the same credit as another one. */
export async function credit(
  db: Queryable,
  o: { readonly userId: string; readonly print: number },
): Promise<string> {
  const id = newId();
  await db.query(
    `insert into external_credit (id, user_id, title, provider, credits, earned_on, print)
     values ($1, $2, 'First aid', 'Red Cross', 2.5, '2026-02-03', $3)`,
    [id, o.userId, o.print],
  );
  return id;
}

/** Line → what became of the pair: `merge`, or `action (reason)`. */
export async function outcomesOf(db: Queryable, runId: string): Promise<Record<number, string>> {
  const { rows } = await db.query<{ line: number; outcome: string }>(
    `select p.line, case when o.entry is null and p.action = 'update' then p.reason
       else coalesce(o.action, p.action) || ' (' || coalesce(o.reason, p.reason) || ')' end as outcome
     from plan_entry p left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
     where p.run_id = $1 order by p.line`,
    [runId],
  );
  return Object.fromEntries(rows.map(({ line, outcome }) => [line, outcome]));
}
