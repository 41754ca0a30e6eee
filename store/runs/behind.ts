/**
 * SQL: who is behind a run (by its alias), as the jsonb of an `AuditActor`: its actor, and the door and
 * token by which that admin made or decided it last. A run that nobody started by hand came from the worker.
 */
export function behind(run: string): string {
  return `(
    select jsonb_build_object('actorId', ${run}.actor_id, 'tokenId', s.token_id,
      'door', case when s.id is null then 'worker' else s.door end)
    from (select) one left join lateral (
      select e.id, e.door, e.token_id from audit_event e
      where e.subject_type = 'run' and e.subject_id in (${run}.id::text, ${run}.undo_of_id::text)
        and e.run_id = ${run}.id and e.actor_id = ${run}.actor_id
      order by e.at desc, e.id desc limit 1) s on true)`;
}
