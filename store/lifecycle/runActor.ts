import { Fault } from '../../domain/faults';
import { may, scopeOf, type PermissionLevel, type UserScope } from '../../domain/permissions';
import { verbOfRun, whyEnded, whyLost, type ActingAdmin } from '../../domain/runs/runActor';
import type { RunKind } from '../../domain/runs/run';
import type { UserStatus } from '../../domain/users/fields';
import type { Db, Queryable } from '../database/db';
import { actingDecision } from '../runs/acting';
import { ADMIN_SOURCE_ID } from '../sources/sources';

/** Columns of {@link ActorRow} about an admin `a`; `u`: the user that the admin is linked to. */
const ADMIN_COLUMNS = `a.id, a.name, a.level, a.disabled_at is not null as disabled, u.status as "userStatus",
  array(select organization_id from admin_organization where admin_id = a.id) as organizations`;

interface AdminRow extends Omit<ActingAdmin, 'scope'> {
  readonly id: string;
  readonly level: PermissionLevel;
  readonly userStatus: UserStatus | null;
  readonly organizations: readonly string[];
}

interface ActorRow extends AdminRow {
  readonly kind: RunKind;
  readonly options: Readonly<Record<string, unknown>>;
  readonly own: boolean;
  /** Organizations to which the actor was bound then; `null`: to none. */
  readonly reached: readonly string[] | null;
  /** A schedule began the run, and no person decided on it since. */
  readonly scheduled: boolean;
}

/**
 * Whose people the admin who acts in a run reaches now: the last who approved, applied or resumed it,
 * otherwise who started it. A schedule acts as owner. One query by keys.
 * @throws Fault forbidden when that admin may no longer do what the run does.
 */
export async function reachOfRun(db: Pick<Db, 'pool'>, runId: string): Promise<UserScope> {
  const { rows } = await db.pool.query<ActorRow>(ACTOR, [runId]);
  const [row] = rows;
  if (row === undefined) {
    throw new Fault('not_found', { code: 'run_not_found', message: `There is no run ${runId}.` });
  }
  if (row.scheduled) return { kind: 'all' };
  const admin = adminOf(row);
  const reached: UserScope =
    row.reached === null ? { kind: 'all' } : { kind: 'organizations', ids: row.reached };
  const why = whyLost(admin, { verb: verbOfRun(row), reached });
  if (why === null) return admin.scope;
  throw new Fault('forbidden', {
    code: 'forbidden',
    message: `${why} The run stopped; what it applied until then stays.`,
    next: { do: 'resume', run: runId },
  });
}

const ACTOR = `
  select ${ADMIN_COLUMNS}, r.kind, r.options,
    a.id = r.actor_id and r.source_id = '${ADMIN_SOURCE_ID}' as own,
    case when d.actor_id is null then r.options -> 'reach' else d.reach end as reached,
    d.actor_id is null
      and (r.kind = 'due' or r.kind = 'sync' and not starts_with(reverse(r.workflow_id), reverse(r.id::text)))
      as scheduled
  from run r
  left join lateral (${actingDecision('r')}) d on true
  join admin a on a.id = coalesce(d.actor_id, r.actor_id)
  left join "user" u on u.id = a.user_id
  where r.id = $1`;

function adminOf({ name, level, disabled, userStatus, organizations }: AdminRow): ActingAdmin {
  return { name, level, disabled, userStatus, scope: scopeOf(level, organizations) };
}

/** True when the admin who decided may act at all by now, and is not below the level of the decision. */
export async function mayDecide(tx: Queryable, decisionId: string): Promise<boolean> {
  const { rows } = await tx.query<ActorRow>(
    `select ${ADMIN_COLUMNS}, r.kind, r.options,
       a.id = r.actor_id and r.source_id = '${ADMIN_SOURCE_ID}' as own
     from decision d join run r on r.id = d.run_id
     join admin a on a.id = d.actor_id left join "user" u on u.id = a.user_id
     where d.id = $1`,
    [decisionId],
  );
  const [row] = rows;
  if (row === undefined) return false;
  const admin = adminOf(row);
  const verb = row.own ? 'runs.decideOwn' : 'runs.decide';
  return whyEnded(admin) === null && may(admin.level, verb);
}
