import { failedRowsName } from '../../domain/offers';
import { STAGED_COLUMNS } from '../../domain/staged';
import type { Tx } from '../db';
import { nextNumber } from '../plan/managers';
import type { SliceRange } from './index';

/** Staged columns that go to the user as they are. */
const PLAIN = STAGED_COLUMNS.filter(
  (column) =>
    ![
      'line',
      'external_id',
      'login',
      'login_key',
      'status',
      'manager_ref',
      'properties',
      'clears',
      'faults',
      'key_readable',
    ].includes(column),
);

/**
 * Creates the users of a slice and their identities. Careful: keys that were taken since the plan
 * make the entry a conflict, a manager who was not created is left out.
 */
export async function applyCreates(tx: Tx, o: SliceRange): Promise<void> {
  const manager = o.careful
    ? `case when exists (select from "user" x where x.id = p.manager_id)
         or exists (select from plan_entry q where q.run_id = p.run_id and q.user_id = p.manager_id
           and q.entry > ${String(o.from)} and q.entry <= ${String(o.to)} and q.action = 'create'
           and q.decided is not distinct from p.decided
           and not exists (select from entry_outcome x where x.run_id = q.run_id and x.entry = q.entry))
       then p.manager_id end`
    : 'p.manager_id';
  if (o.careful) await tx.query(takenSince(o));
  await tx.query(`
    with slice as (
      select p.user_id, p.manager_late, ${manager} as manager_id, p.manager_id as wanted_manager, s.*
      from plan_entry p
      join staged_row s on s.run_id = p.run_id and s.line = p.line
      where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
        and p.action = 'create' and ${o.decided}
        ${o.careful ? 'and not exists (select from entry_outcome x where x.run_id = p.run_id and x.entry = p.entry)' : ''}
      order by p.entry
    ), created as (
      insert into "user" (id, login, login_key, status, manager_id, properties, created_run_id,
        deactivated_at, deactivated_reason, ${PLAIN.join(', ')})
      select user_id, coalesce(login, email, code), coalesce(login_key, email_key, code_key),
        coalesce(status, 'active'), case when not manager_late then manager_id end,
        coalesce(jsonb_strip_nulls(properties), '{}'), run_id,
        case when status = 'inactive' then now() end,
        case when status = 'inactive' then 'created_inactive' end, ${PLAIN.join(', ')}
      from slice
    )
    insert into identity (source_id, external_id, user_id, record_hash, mapping_hash, user_version,
      linked_run_id)
    select '${o.sourceId}', external_id, user_id,
      case when manager_ref is null or wanted_manager is not null and manager_id is not null
        then record_hash end,
      ${o.mappingHash ?? 'null'}, 1, run_id
    from slice where external_id is not null`);
}

/** Entries whose key, or external id, somebody took since the plan: conflicts, each with a message. */
const takenSince = (o: SliceRange): string => `
  with taken as (
    select distinct p.entry, p.line
    from plan_entry p
    join staged_row s on s.run_id = p.run_id and s.line = p.line
    where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
      and p.action = 'create' and ${o.decided}
      and (exists (select from "user" u where u.code = s.code)
        or exists (select from "user" u where u.email_key = s.email_key)
        or exists (select from "user" u
          where u.login_key = coalesce(s.login_key, s.email_key, s.code_key))
        or exists (select from identity i
          where i.source_id = '${o.sourceId}' and i.external_id = s.external_id))
  ), told as (
    insert into run_message (run_id, n, line, "column", code, message)
    select '${o.runId}', ${nextNumber(o.runId)} + row_number() over (order by line), line, null,
      'key_taken_since', 'Somebody was given a key of this row since the plan was made. Import the row '
        || 'again: rollcall runs report ${o.runId} --failed-rows ${failedRowsName(o.runId)}'
    from taken
  )
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}', entry, 'conflict'::plan_action, 'key_taken_since', '{}'::text[] from taken`;
