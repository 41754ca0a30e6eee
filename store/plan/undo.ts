import { CHANGING_ACTIONS, EDITING_ACTIONS } from '../../domain/runs/run';
import { UNDONE_CREATION } from '../../domain/users/undone';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { messageCode, nextNumber } from '../runs/lines';
import { applied } from '../report/counts';
import { dueNow, dueOfRow } from '../sources/dueDays';
import { HIDDEN_FIELDS, fieldValue } from '../users/fieldValue';
import type { PlanInput } from './planner';
import { reportListedLater } from './listedLater';
import { stopChains } from './matching/keyChains';

/**
 * Plans the undo of a run: every field that it wrote and that was not changed since gets its old
 * value, links included; users that it created are deactivated. A field that was changed since stays
 * and is named on its entry (`skip`, `changed_since`) or in a message.
 *
 * People outside the scope keep what they have (`skip`, `out_of_reach`), and so do accounts that were merged
 * into another one since (`skip`, `merged_since`). A person whom the run created and who has absorbed
 * another account since stays active (`skip`, `has_absorbed`): their merge is taken back first.
 *
 * The entries of an undo have the same shape, with old and new exchanged, so that an undo can be undone.
 */
export async function planUndo(
  tx: Queryable,
  { run, scope }: Pick<PlanInput, 'run' | 'scope'>,
): Promise<void> {
  const undone = run.undoOfId;
  if (undone === null) throw new Error('an undo of nothing');
  await tx.query(done(undone));
  await tx.query(`analyze done`);
  await tx.query(back(run.sourceId));
  await tx.query(MERGED_SINCE);
  if (scope.kind !== 'all') await tx.query(LEAVE_OUTSIDE, [scope.ids]);
  await tx.query(`analyze back`);
  await tx.query(RELEASE);
  // A user who would be left without any key keeps the present ones, which others may need: repeat
  // until stable.
  for (;;) {
    const taken = await stopChains(tx, WISHES, TAKEN);
    const keyless = await tx.query(KEYLESS);
    if (taken + (keyless.rowCount ?? 0) === 0) break;
  }
  await tx.query(NOT_RELEASED);
  await tx.query(entries(run.runId));
  await tx.query(messages(run.runId));
  await tx.query(absorbedSince(run.runId));
  await reportListedLater(tx, { ...run, undone });
  await tx.query(`update run set rows = (select count(*) from done) where id = $1`, [run.runId]);
}

/** What the run really wrote: applied entries, without the fields that it left alone. */
const done = (undone: string): string => `
  create temp table done on commit drop as
  select p.entry, p.action, p.user_id, coalesce(p.line, 0) as line, p.external_id,
    case when p.action = 'create' then '{"status": ["inactive", "active"]}'::jsonb
        || case when s.due_on is null then '{}' else jsonb_build_object('due', jsonb_build_array(
          jsonb_build_object('id', s.external_id),
          ${dueOfRow('s')})) end
      when o.fields is not null then p.changes - o.fields
      else p.changes end as changes
  from run r
  join plan_entry p on p.run_id = r.id
  left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
  left join staged_row s on p.action = 'create' and s.run_id = p.run_id and s.line = p.line
    and s.due_on is not null and s.external_id is not null
  where r.id = '${undone}' and ${applied('p', 'r')}
    and p.action in ${sqlList(CHANGING_ACTIONS)}
    and (o.entry is null or o.action in ${sqlList(EDITING_ACTIONS)})`;

/** The user's value of a field of `changes`, as jsonb. */
const now = (sourceId: string): string =>
  fieldValue({
    identity: `(select to_jsonb(i.external_id) from identity i
    where i.source_id = '${sourceId}' and i.user_id = u.id and i.external_id = coalesce(e.value ->> 1, e.value ->> 0))`,
    due: dueNow(sourceId),
  });

/**
 * For each field: is the value that the run wrote still in force? Then old and new change places. A value
 * and its key, a status and its date go together; a due day returns only with its status, except that a
 * person who was created inactive is not to become active by it.
 */
const back = (sourceId: string): string => `
  create temp table back on commit drop as
  with field as (
    select d.entry, d.action, e.key, e.value -> 1 as wrote, e.value -> 0 as old,
      coalesce(${now(sourceId)}, 'null') as now,
      case e.key when 'loginKey' then 'login' when 'loginOwn' then 'login' when 'emailKey' then 'email'
        when 'deactivatedAt' then 'status' when 'deactivatedReason' then 'status'
        else e.key end as family
    from done d join "user" u on u.id = d.user_id, jsonb_each(d.changes) e
  ), judged as (
    select *, bool_and(now = coalesce(wrote, 'null')) over (partition by entry, family)
        and (key <> 'due' or action = 'create' or bool_and(family <> 'status' or now = coalesce(wrote, 'null'))
          over (partition by entry)) as stands
    from field
  )
  select d.entry, d.user_id, d.line, d.action, u.version, u.status, u.deactivated_at,
    u.deactivated_reason,
    coalesce(jsonb_object_agg(f.key, jsonb_build_array(f.now, f.old)) filter (where f.stands), '{}')
      as changes,
    array_agg(f.key order by f.key) filter (where not f.stands) as since, false as outside,
    null::text as stays
  from done d
  join "user" u on u.id = d.user_id
  join judged f on f.entry = d.entry
  group by d.entry, d.user_id, d.line, d.action, u.version, u.status, u.deactivated_at,
    u.deactivated_reason`;

/** `stays`: why a merge leaves the user as it is. */
const MERGED_SINCE = `
  update back b set changes = '{}', since = null,
    stays = case when b.status = 'merged' then 'merged_since' else 'has_absorbed' end
  where b.status = 'merged'
    or b.action = 'create' and exists (select from "user" a where a.merged_into_id = b.user_id)`;

const LEAVE_OUTSIDE = `
  update back b set changes = '{}', since = null, outside = true
  from "user" u where u.id = b.user_id and not coalesce(u.organization_id = any ($1::uuid[]), false)`;

/**
 * A user that the run created gives up the keys that another user gets back. One key is kept so that the
 * user can be found: the code where all of them are wanted, else the login.
 */
const RELEASE = `
  with wanted as (
    select distinct k.key, b.changes -> k.key ->> 1 as value
    from back b, unnest(array['code', 'loginKey', 'emailKey']) k(key)
    where b.changes -> k.key ->> 1 is not null
  ), created as (
    select b.entry, u.code, u.login, u.login_key, u.email, u.email_key,
      coalesce(u.code in (select value from wanted where key = 'code'), false) as code_wanted,
      coalesce(u.login_key in (select value from wanted where key = 'loginKey'), false) as login_wanted,
      coalesce(u.email_key in (select value from wanted where key = 'emailKey'), false) as email_wanted
    from back b join "user" u on u.id = b.user_id
    where b.action = 'create' and b.stays is null
  ), judged as (
    select *, num_nonnulls(case when not code_wanted then code end,
      case when not login_wanted then login_key end,
      case when not email_wanted then email_key end) = 0 as none_left
    from created
  )
  update back b set changes = b.changes
    || case when code_wanted and not none_left
      then jsonb_build_object('code', jsonb_build_array(j.code, null)) else '{}' end
    || case when login_wanted and not (none_left and j.code is null)
      then jsonb_build_object('login', jsonb_build_array(j.login, null),
        'loginKey', jsonb_build_array(j.login_key, null)) else '{}' end
    || case when email_wanted and not (none_left and j.code is null and j.login_key is null)
      then jsonb_build_object('email', jsonb_build_array(j.email, null),
        'emailKey', jsonb_build_array(j.email_key, null)) else '{}' end
  from judged j
  where j.entry = b.entry`;

/** SQL: the keys that each entry gives up and gets back. */
const KEYS = `keys as materialized (
    select b.entry, b.user_id, k.key, b.changes -> k.key ->> 0 as gives, b.changes -> k.key ->> 1 as gets
    from back b, unnest(array['code', 'loginKey', 'emailKey']) k(key)
    where b.changes ? k.key
  )`;

/** Keys to be returned that another user holds now; `giver`: the entry by which that user gives it up. */
const WISHES = `
  with ${KEYS}, holder (key, value, id) as materialized (
    ${(
      [
        ['code', 'code'],
        ['loginKey', 'login_key'],
        ['emailKey', 'email_key'],
      ] as const
    )
      .map(
        ([key, column]) => `select '${key}', u.${column}, u.id from "user" u
      where u.${column} in (select gets from keys where key = '${key}')`,
      )
      .join(' union all ')}
  )
  select w.entry || w.key as node, w.entry, w.key, g.entry || g.key as giver
  from keys w
  join holder h on h.key = w.key and h.value = w.gets and h.id <> w.user_id
  left join keys g on g.user_id = h.id and g.key = w.key and g.gives = w.gets`;

/** A key that does not come back stays where it is, and its field counts as changed since. */
const TAKEN = `
  update back b set
    changes = b.changes - array_remove(array[
      case when t.code then 'code' end, case when t.login then 'login' end,
      case when t.login then 'loginKey' end, case when t.login then 'loginOwn' end,
      case when t.email then 'email' end, case when t.email then 'emailKey' end], null),
    since = b.since || array_remove(array[case when t.code then 'code' end,
      case when t.login then 'login' end, case when t.email then 'email' end], null)
  from (select e.entry, bool_or(e.key = 'code') as code, bool_or(e.key = 'loginKey') as login,
      bool_or(e.key = 'emailKey') as email
    from edge e join stopped s on s.node = e.node group by e.entry) t
  where t.entry = b.entry`;

/** A user would be left without any key. */
const KEYLESS = `
  update back b set
    changes = b.changes - array['code', 'login', 'loginKey', 'loginOwn', 'email', 'emailKey'],
    since = b.since || array(select f from unnest(array['code', 'login', 'email']) f where b.changes ? f)
  from "user" u where u.id = b.user_id
    and case when b.changes ? 'code' then b.changes -> 'code' ->> 1 else u.code end is null
    and case when b.changes ? 'loginKey' then b.changes -> 'loginKey' ->> 1 else u.login_key end is null
    and case when b.changes ? 'emailKey' then b.changes -> 'emailKey' ->> 1 else u.email_key end is null`;

/** The keys that a created user was to give up for a user who does not get them back after all. */
const NOT_RELEASED = `
  with ${KEYS}, kept as (
    select c.entry, array_agg(c.key) as keys from keys c
    where c.gives is not null and c.gets is null and not exists (select from keys w
      where w.key = c.key and w.gets = c.gives and w.entry <> c.entry)
    group by c.entry
  )
  update back b set changes = b.changes - k.keys - array_remove(array[
      case when 'loginKey' = any(k.keys) then 'login' end,
      case when 'emailKey' = any(k.keys) then 'email' end], null)
  from kept k where k.entry = b.entry and b.action = 'create'`;

const entries = (runId: string): string => `
  with ${KEYS}, gives as (
    select g.entry from keys g join keys t on t.key = g.key and t.gets = g.gives
  ), dressed as (
    select b.*, b.entry in (select entry from gives) as hand_over,
      b.changes || case
        when b.changes -> 'status' ->> 1 = 'active' and b.deactivated_at is not null
          and not b.changes ? 'deactivatedAt'
        then jsonb_build_object('deactivatedAt', jsonb_build_array(b.deactivated_at, null::timestamptz),
          'deactivatedReason', jsonb_build_array(b.deactivated_reason, null::text))
        when b.action = 'create' and b.changes -> 'status' ->> 1 = 'inactive'
        then jsonb_build_object('deactivatedReason',
          jsonb_build_array(b.deactivated_reason, '${UNDONE_CREATION}'))
        else '{}' end as full_changes
    from back b
  )
  insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, changes,
    candidates, hand_over, links)
  select '${runId}', row_number() over (order by changes = '{}', not hand_over, entry), entry,
    case when changes = '{}' then 'skip'
      when changes -> 'status' ->> 1 = 'inactive' then 'deactivate'
      when changes -> 'status' ->> 1 = 'active' then 'reactivate'
      else 'update' end::plan_action,
    'none', case when outside then 'out_of_reach' when stays is not null then stays
      when changes = '{}' then 'changed_since'
      when since is not null and action <> 'create' then 'partly' end,
    user_id, version, case when changes <> '{}' then full_changes end, null, hand_over,
    changes ? 'identity'
  from dressed
  where stays is not null or not (action = 'create' and status <> 'active' and changes = '{}')`;

/** The first of them by name, and the merge that is to be unmerged. */
const absorbedSince = (runId: string): string => `
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', ${nextNumber(runId)} + 1, null, null, ${messageCode('absorbed_since')},
    jsonb_build_object('people', b.people, 'who', coalesce(u.code, u.login, u.email), 'user', u.id,
      'merge', (select m.id from merge m where m.survivor_id = u.id and m.unmerged_at is null
        order by m.merged_at desc limit 1))
  from (select user_id, count(*) over ()::int as people from back
    where stays = 'has_absorbed' and not outside order by entry limit 1) b
  join "user" u on u.id = b.user_id`;

const messages = (runId: string): string => `
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${runId}', row_number() over (order by entry, field), null, field,
    ${messageCode('changed_since')},
    jsonb_build_object('who', coalesce(u.code, u.login, u.email), 'user', u.id)
  from back join "user" u on u.id = back.user_id, unnest(since) as field
  where field not in ${sqlList(HIDDEN_FIELDS)}
    and not (action = 'create' and back.status <> 'active')`;
