import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationContext } from '../../operations/context';
import { resumeRun } from '../../operations/runs/decisions';
import { readRun } from '../../operations/runs/runs';
import { createUndo } from '../../operations/runs/undo';
import { appliedCount } from '../../store/apply/applied';
import type { Db } from '../../store/database/db';
import { LevelSteps, type Applied } from './steps';
import type { PreparedWorld, WorldIds } from './world';

/** What happens to the admin, or to people, amid the run. */
export const STRIKES = {
  revoked: {
    title: 'the admin is disabled',
    sql: ({ managerId }) => [`update admin set disabled_at = now() where id = $1`, [managerId]],
  },
  demoted: {
    title: 'the admin becomes a viewer',
    sql: ({ managerId }) => [`update admin set level = 'viewer' where id = $1`, [managerId]],
  },
  moved: {
    title: 'the admin is moved to another organization',
    sql: ({ managerId, elsewhere }) => [
      `update admin_organization set organization_id = $2 where admin_id = $1`,
      [managerId, elsewhere],
    ],
  },
  deactivated: {
    title: "the admin's user is deactivated",
    sql: ({ managerUserId }) => [
      `update "user" set status = 'inactive', deactivated_at = now(), version = version + 1 where id = $1`,
      [managerUserId],
    ],
  },
  people: {
    title: 'one person in 200 is moved away',
    sql: ({ elsewhere }) => [
      `update "user" set organization_id = $1, version = version + 1
       where substr(code, 1, 1) = 'P' and substr(code, 2)::int % 200 = 7`,
      [elsewhere],
    ],
  },
} as const satisfies Record<
  string,
  {
    readonly title: string;
    readonly sql: (world: WorldIds) => readonly [text: string, values: readonly string[]];
  }
>;
export type StrikeKind = keyof typeof STRIKES;

export interface TrialInput {
  readonly world: PreparedWorld;
  readonly kind: StrikeKind;
  /** Share of the entries after which it strikes, from 0 to 1. */
  readonly at: number;
  /** Milliseconds that it waits then, so that it strikes within a batch. */
  readonly laterMs: number;
  readonly batch: number;
  /** What an owner does with a run that failed. */
  readonly then: 'nothing' | 'resume' | 'undo';
}

export interface TrialOutcome {
  readonly kind: StrikeKind;
  /** Activities that began after the strike. */
  readonly later: number;
  /** Entries that the activity under way still applied after the strike. */
  readonly underWay: number;
  readonly applied: number;
  readonly wrong: readonly string[];
}

/** Applies the run in a copy of the store, strikes once, and judges by the database. */
export async function playTrial(o: TrialInput): Promise<TrialOutcome> {
  const { context, drop } = await o.world.copy();
  try {
    return await played(o, context);
  } finally {
    await drop();
  }
}

interface Strike {
  /** The moment by the clock of the database at which it was committed, and the entries applied by then. */
  readonly at: Date;
  readonly through: number;
}

async function played(o: TrialInput, context: OperationContext): Promise<TrialOutcome> {
  const { runId } = o.world;
  const steps = new LevelSteps(context.db, o.batch);
  const [strike, all] = await Promise.all([struck(o, context.db), steps.applyToEnd(runId)]);
  const later = all.filter(({ startedAt }) => startedAt > strike.at);
  const lost = o.kind !== 'people';
  const failed = all.some(({ failure }) => failure !== null);
  const wrong = lost
    ? await judgeLost(context, { ...o, later, failed, through: all.at(-1)?.to ?? 0 })
    : await judgePeople(context, o, strike);
  if (lost && failed) wrong.push(...(await goOn(o, context, steps)));
  return {
    kind: o.kind,
    later: later.length,
    underWay:
      Math.max(...all.filter((one) => !later.includes(one)).map(({ to }) => to), strike.through) -
      strike.through,
    applied: all.at(-1)?.to ?? 0,
    wrong,
  };
}

/** Waits until the share is applied, then strikes in one transaction. */
async function struck(o: TrialInput, db: Db): Promise<Strike> {
  const { runId, rows } = o.world;
  const wanted = Math.floor(o.at * rows);
  for (;;) {
    const { rows: found } = await db.pool.query<{ through: number }>(
      `select ${appliedCount('run')} as through from run where id = $1`,
      [runId],
    );
    if ((found[0]?.through ?? 0) >= wanted) break;
    await sleep(5);
  }
  await sleep(o.laterMs);
  const [text, values] = STRIKES[o.kind].sql(o.world);
  await db.pool.query(text, [...values]);
  const { rows: marks } = await db.pool.query<Strike>(
    `select clock_timestamp() as at, ${appliedCount('run')} as through from run where id = $1`,
    [runId],
  );
  const [mark] = marks;
  if (mark === undefined) throw new Error('the run is gone');
  return mark;
}

async function judgeLost(
  { db }: OperationContext,
  o: TrialInput & {
    readonly later: readonly Applied[];
    readonly through: number;
    readonly failed: boolean;
  },
): Promise<string[]> {
  const { later, through, world } = o;
  const wrong: string[] = [];
  const is = await stateOf(db, world.runId);
  for (const { from, to, failure } of later) {
    if (to !== from)
      wrong.push(`a later activity applied entries ${String(from)} to ${String(to)}`);
    if (failure !== 'Forbidden' && from < world.rows) {
      wrong.push(`a later activity ended as ${failure ?? 'done'}`);
    }
  }
  if (is.inactive !== through)
    wrong.push(`${String(is.inactive)} changed, ${String(through)} applied`);
  if (is.events !== through) wrong.push(`${String(is.events)} audit events of ${String(through)}`);
  const [first] = later;
  if (first !== undefined && is.lastWrite !== null && is.lastWrite > first.startedAt) {
    wrong.push('a person was written after a later activity had begun');
  }
  // The activity that ran out of right may have found nothing left to write.
  const failed = o.failed || through < world.rows;
  if (is.state !== (failed ? 'failed' : 'done')) wrong.push(`the run is ${is.state}`);
  if (failed && is.code !== 'forbidden') wrong.push(`it failed as ${is.code ?? 'nothing'}`);
  if (is.deactivated !== through || is.deactivated + is.skipped !== world.rows) {
    wrong.push(`counts: ${String(is.deactivated)} deactivated, ${String(is.skipped)} skipped`);
  }
  return wrong;
}

/** People who left are either changed by a batch that came before, or skipped and counted. */
async function judgePeople(
  { db }: OperationContext,
  { world }: TrialInput,
  strike: Strike,
): Promise<string[]> {
  const is = await stateOf(db, world.runId);
  const { rows } = await db.pool.query<{ late: number; left: number }>(
    `select count(*) filter (where status = 'inactive' and deactivated_at > $2)::int as late,
       count(*) filter (where status = 'active')::int as left
     from "user" where organization_id = $1`,
    [world.elsewhere, strike.at],
  );
  const { late = -1, left = -1 } = rows[0] ?? {};
  return [
    ...(is.state === 'done' ? [] : [`the run is ${is.state}`]),
    ...(late === 0 ? [] : [`${String(late)} were changed after they had left`]),
    ...(left === is.outOfReach ? [] : [`${String(left)} left, ${String(is.outOfReach)} counted`]),
    ...(is.deactivated + is.skipped === world.rows && is.inactive === is.deactivated
      ? []
      : [`counts: ${String(is.deactivated)} deactivated, ${String(is.skipped)} skipped`]),
  ];
}

/** An owner brings the run to its end, or takes back what it applied. */
async function goOn(
  o: TrialInput,
  context: OperationContext,
  steps: LevelSteps,
): Promise<string[]> {
  const { runId, rows } = o.world;
  if (o.then === 'resume') {
    await resumeRun(context, { run: runId });
    await steps.begin(runId);
    await steps.applyToEnd(runId);
    const { state, inactive } = await stateOf(context.db, runId);
    return state === 'done' && inactive === rows ? [] : [`resumed: ${state}, ${String(inactive)}`];
  }
  if (o.then === 'undo') {
    const { counts } = await readRun(context, runId);
    const input = { run: runId, dryRun: false, expect: counts.deactivated };
    const undo = await createUndo(context, input);
    await steps.begin(undo.runId);
    await steps.applyToEnd(undo.runId);
    const { inactive } = await stateOf(context.db, runId);
    return inactive === 0 ? [] : [`undone: ${String(inactive)} are still inactive`];
  }
  return [];
}

/** What the database holds of the run, and of the people whose codes begin with P. */
export interface State {
  readonly state: string;
  readonly code: string | null;
  readonly deactivated: number;
  readonly skipped: number;
  readonly outOfReach: number;
  readonly inactive: number;
  readonly events: number;
  readonly lastWrite: Date | null;
}

export async function stateOf(db: Db, runId: string): Promise<State> {
  const { rows } = await db.pool.query<State>(
    `select r.state, r.failure ->> 'code' as code,
       (r.counts ->> 'deactivated')::int as deactivated, (r.counts ->> 'skipped')::int as skipped,
       (select count(*)::int from entry_outcome where run_id = r.id and reason = 'out_of_reach') as "outOfReach",
       (select count(*)::int from "user" where code like 'P%' and status = 'inactive') as inactive,
       (select count(*)::int from audit_event where run_id = r.id and subject_type = 'user') as events,
       (select max(deactivated_at) from "user" where code like 'P%') as "lastWrite"
     from run r where r.id = $1`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the run is gone');
  return row;
}
