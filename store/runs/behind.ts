import { actingDecision } from './acting';

/**
 * SQL: who is behind a run (by its alias), as the jsonb of an `AuditActor`: the admin who acts in it, and the
 * door and token by which that admin made or decided it last. A run that nobody started by hand came from
 * the worker.
 */
export function behind(run: string): string {
  return `(
    select jsonb_build_object('actorId', one.actor_id, 'tokenId', s.token_id,
      'door', case when s.id is null then 'worker' else s.door end)
    from (select coalesce((select d.actor_id from (${actingDecision(run)}) d), ${run}.actor_id) as actor_id) one
    left join lateral (
      select e.id, e.door, e.token_id from audit_event e
      where e.subject_type = 'run' and e.subject_id in (${run}.id::text, ${run}.undo_of_id::text)
        and e.run_id = ${run}.id and e.actor_id = one.actor_id
      order by e.at desc, e.id desc limit 1) s on true)`;
}
