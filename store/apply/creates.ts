import { STAGED_COLUMNS } from '../../domain/files/staged';
import type { Tx } from '../database/db';
import { lineOfFile, messageCode, nextNumber } from '../runs/lines';
import { NOT_FREE } from './notFree';
import type { BatchRange } from './batch';

/** Staged columns that are copied to the user unchanged. */
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
 * Creates the users of a batch and their identities. Careful mode: a key that was taken since the plan
 * makes the entry a conflict; a manager who was not created is left out.
 */
export async function applyCreates(tx: Tx, o: BatchRange): Promise<void> {
  const entries = `p.run_id = '${o.runId}' and p.entry > ${String(o.from)}
        and p.entry <= ${String(o.to)} and p.action = 'create' and ${o.decided}
        ${o.careful ? 'and not exists (select from entry_outcome x where x.run_id = p.run_id and x.entry = p.entry)' : ''}`;
  // By one hash of the batch: a look for each row took minutes of a batch of 20,000.
  const manager = o.careful
    ? `case when p.manager_id in (select user_id from made)
         or exists (select from "user" x where x.id = p.manager_id) then p.manager_id end`
    : 'p.manager_id';
  if (o.careful) await tx.query(takenSince(o));
  await tx.query(`
    with ${o.careful ? `made as materialized (select p.user_id from plan_entry p where ${entries}), ` : ''}slice as (
      select p.user_id, p.manager_late, ${manager} as manager_id, p.manager_id as wanted_manager, s.*
      from plan_entry p
      join staged_row s on s.run_id = p.run_id and s.line = p.line
      where ${entries}
      order by p.entry
    ), created as (
      insert into "user" (id, login, login_key, login_own, status, manager_id, properties, created_run_id,
        deactivated_at, deactivated_reason, ${PLAIN.join(', ')})
      select user_id, ${newLogin('coalesce(login, email, code)')},
        ${newLogin('coalesce(login_key, email_key, code_key)')},
        login is not null or coalesce('login' = any(clears), false), coalesce(status, 'active'), case when not manager_late then manager_id end,
        coalesce(jsonb_strip_nulls(properties), '{}'), run_id,
        case when status = 'inactive' then now() end,
        case when status = 'inactive' then coalesce(status_by, 'created_inactive') end, ${PLAIN.join(', ')}
      from slice
    )
    insert into identity (source_id, external_id, user_id, record_hash, mapping_hash, user_version,
      linked_run_id, due_on, due_zone, due_status, due_then, ended_at, ended_by)
    select '${o.sourceId}', external_id, user_id,
      case when manager_ref is null or wanted_manager is not null and manager_id is not null
        ${o.managersByKey ? `and ${BY_NUMBER(o)}` : ''} then record_hash end,
      ${o.mappingHash ?? 'null'}, 1, run_id, due_on, due_zone, due_status, due_then,
      case when status_by is not null then now() end, status_by
    from slice where external_id is not null`);
}

/** The row names its manager by a number of the source, or by a code. */
const BY_NUMBER = (o: BatchRange): string => `(
        exists (select from identity m where m.source_id = '${o.sourceId}' and m.external_id = manager_ref
          and m.user_id = wanted_manager)
        or exists (select from "user" m where m.id = wanted_manager and m.code = manager_ref))`;

/** A new user's login is its e-mail, else its code, unless the row clears the login. */
function newLogin(otherwise: string): string {
  return `case when coalesce('login' = any(clears), false) then null else ${otherwise} end`;
}

/**
 * Entries whose key, or external id, was taken since the plan. By the same person, who came with another
 * run of the source: nothing is left to do. By another person: conflicts, each with a message.
 */
const takenSince = (o: BatchRange): string => `
  with taken as (
    select distinct p.entry, p.line, ${cameSince(o)} as came
    from plan_entry p
    join staged_row s on s.run_id = p.run_id and s.line = p.line
    where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
      and p.action = 'create' and ${o.decided}
      and (exists (select from "user" u where u.code = s.code)
        or exists (select from "user" u where u.email_key = s.email_key)
        or exists (select from "user" u
          where u.login_key = ${newLogin('coalesce(s.login_key, s.email_key, s.code_key)')})
        or exists (select from identity i
          where i.source_id = '${o.sourceId}' and i.external_id = s.external_id))
  ), half as (
    -- The key was to be given up by an entry that was not approved, or that waits for such an entry.
    select distinct on (t.entry) t.entry, p.entry as partner, ${lineOfFile('p.line')} as partner_line,
      k.key, coalesce(h.code, h.login, h.email, h.id::text) as holder
    from taken t
    join staged_row s on s.run_id = '${o.runId}' and s.line = t.line and not t.came
    cross join lateral (values ('code', 'code', s.code), ('email', 'emailKey', s.email_key),
      ('login', 'loginKey', coalesce(s.login_key, s.email_key, s.code_key))) k(key, pair, value)
    join plan_entry p on p.run_id = s.run_id and p.hand_over and p.changes -> k.pair ->> 0 = k.value
    join "user" h on h.id = p.user_id
    where p.decided is not null and not ${o.decided}
      or exists (select from entry_outcome x where x.run_id = p.run_id and x.entry = p.entry
        and x.reason = 'key_not_free')
    order by t.entry, k.key, p.entry
  ), judged as (
    select t.entry, t.line, f.partner, f.partner_line, f.holder, r.kind, s.kind as source_kind,
      s.name as source, coalesce(r.headers ->> f.key, f.key) as head
    from taken t left join half f using (entry)
    join run r on r.id = '${o.runId}' join source s on s.id = r.source_id
    where not t.came
  ), told as (
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${o.runId}', ${nextNumber(o.runId)} + row_number() over (order by line), line, head,
      case when partner is null then ${messageCode('key_taken_since')}
        else ${messageCode('key_not_free')} end,
      case when partner is null then jsonb_build_object('run', '${o.runId}',
        'source', case when kind = 'sync' then source end) else ${NOT_FREE} end
    from judged
  )
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}'::uuid, entry, 'conflict'::plan_action,
    case when partner is null then 'key_taken_since' else 'key_not_free' end, '{}'::text[]
  from judged
  union all
  select '${o.runId}'::uuid, entry, 'skip'::plan_action, 'changed_since', '{}'::text[] from taken where came`;

/**
 * The source has the row's person by now: under its id or, where the row has none, as a user created since.
 */
const cameSince = (o: BatchRange): string => `
  case when s.external_id is not null
    then exists (select from identity i
      where i.source_id = '${o.sourceId}' and i.external_id = s.external_id)
    else not exists (select from "user" u
      left join run made on made.id = u.created_run_id
      where (u.code = s.code or u.email_key = s.email_key
          or u.login_key = ${newLogin('coalesce(s.login_key, s.email_key, s.code_key)')})
        and (made.source_id is distinct from '${o.sourceId}'
          or u.created_at < (select planned_at from run where id = '${o.runId}')))
    end`;
