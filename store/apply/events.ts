import { STATUS_ACTIONS } from '../../domain/runs/run';
import type { Tx } from '../database/db';
import { sqlArray, sqlList } from '../database/sqlList';
import { HIDDEN_FIELDS } from '../users/fieldValue';
import type { BatchRange } from './batch';

/** Named by an event, without its value: which fields were set by hand before. */
const NAMED_ONLY = ['sticky'];

/**
 * Writes the audit events of a batch's changes, from `slice_change` as it was applied: one for each person
 * that a change by hand in bulk, an undo or a resolved conflict changed; of the other runs, one for each
 * person whose status changed. Nothing is done for a batch of a source that changes no status.
 */
export async function recordChanges(tx: Tx, o: BatchRange): Promise<void> {
  await tx.query(EVENTS(o), sayer(o));
}

/** Writes the events of people whom a resolved conflict created. */
export async function recordCreations(tx: Tx, o: BatchRange): Promise<void> {
  if (!o.eventPerPerson) return;
  await tx.query(
    `insert into audit_event (actor_id, door, token_id, action, subject_type, subject_id, run_id, reason, fields)
     select $1::uuid, $2::text, $3::uuid, 'user.create', 'user', u.id, '${o.runId}', p.reason, '{}'
     from plan_entry p join "user" u on u.id = p.user_id and u.created_run_id = p.run_id
     where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
       and p.action = 'create' and ${o.decided}`,
    sayer(o),
  );
}

function sayer({ by }: BatchRange): unknown[] {
  return [by.actorId, by.door, by.tokenId];
}

const STATUS = sqlList(STATUS_ACTIONS);

/** What is written of an entry; a manager who is set later in the run is part of it. */
const WRITTEN = `case when c.manager_late and not coalesce('manager' = any(c.kept), false)
    then c.changes || jsonb_build_object('manager', c.planned -> 'manager') else c.changes end
  - ${sqlArray(HIDDEN_FIELDS)}`;

const EVENTS = (o: BatchRange): string => `
  with written as (
    select c.user_id, c.reason, ${o.eventPerPerson ? WRITTEN : `jsonb_build_object('status', c.changes -> 'status')`} as changes,
      case when c.action in ${STATUS} and not c.changes ? 'status' then 'update'
        else c.action::text end as action
    from slice_change c
    where ${o.eventPerPerson ? 'true' : `c.action in ${STATUS} and c.changes ? 'status'`}
  ), told as materialized (
    select nextval('audit_event_id_seq') as id, * from written where changes <> '{}'
  ), events as (
    insert into audit_event (id, actor_id, door, token_id, action, subject_type, subject_id, run_id,
      reason, fields)
    select id, $1::uuid, $2::text, $3::uuid, 'user.' || action, 'user', user_id, '${o.runId}', reason,
      array(select jsonb_object_keys(changes))
    from told
  )
  insert into audit_value (event_id, field, before, after)
  select t.id, e.key, nullif(e.value -> 0, 'null'), nullif(e.value -> 1, 'null')
  from told t cross join lateral jsonb_each(t.changes) e
  where e.key <> all (${sqlArray(NAMED_ONLY)})`;
