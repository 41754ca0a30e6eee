import type { BatchRange } from '../apply/batch';
import type { Tx } from '../database/db';
import { COLUMN_NAMES } from './preview';

/** Writes the audit of a batch: an event `user.merge` for each of the two users of a merged pair. */
export async function recordMerges(tx: Tx, { by, runId }: BatchRange): Promise<void> {
  await tx.query(EVENTS(runId), [by.actorId, by.door, by.tokenId]);
}

const EVENTS = (runId: string): string => `
  with side as (
    select entry, survivor as who, written -> 0 as before, written -> 1 as patch,
      jsonb_build_object('merged', jsonb_build_array(null, absorbed)) as merge
    from merge_batch where problem is null
    union all
    select entry, absorbed, written -> 2, written -> 3,
      jsonb_build_object('mergedInto', jsonb_build_array(null, survivor))
    from merge_batch where problem is null
  ), written as materialized (
    select nextval('audit_event_id_seq') as id, s.who, s.merge || coalesce((
        select jsonb_object_agg(${COLUMN_NAMES} ->> k.key, jsonb_build_array(s.before -> k.key, k.value))
        from jsonb_each(s.patch) k where ${COLUMN_NAMES} ? k.key), '{}')
      || coalesce((select jsonb_object_agg('properties.' || k.key,
          jsonb_build_array(s.before -> 'properties' -> k.key, s.patch -> 'properties' -> k.key))
        from (select jsonb_object_keys(s.patch -> 'properties') as key
          union select jsonb_object_keys(s.before -> 'properties')) k
        where s.patch ? 'properties'
          and s.before -> 'properties' -> k.key is distinct from s.patch -> 'properties' -> k.key), '{}')
      as changes
    from side s
  ), events as (
    insert into audit_event (id, actor_id, door, token_id, action, subject_type, subject_id, run_id,
      reason, fields)
    select id, $1::uuid, $2::text, $3::uuid, 'user.merge', 'user', who, '${runId}', 'merge',
      array(select jsonb_object_keys(changes))
    from written
  )
  insert into audit_value (event_id, field, before, after)
  select w.id, e.key, nullif(e.value -> 0, 'null'), nullif(e.value -> 1, 'null')
  from written w cross join lateral jsonb_each(w.changes) e
  where e.key <> 'sticky'`;
