import { sqlList } from '../database/sqlList';

/** Decisions by which an admin becomes the one who acts in a run. */
const ACTING_KINDS = ['approve', 'apply', 'resume'] as const;

/**
 * SQL: the decision by which an admin acts in a run (by its alias): `actor_id`, and `reach`, the
 * organizations to which that admin was bound then. No row: who started the run acts in it.
 */
export function actingDecision(run: string): string {
  return `select x.actor_id, x.detail -> 'reach' as reach from decision x
    where x.run_id = ${run}.id and x.kind in ${sqlList(ACTING_KINDS)} and x.taken_at is not null
    order by x.created_at desc, x.id desc limit 1`;
}
