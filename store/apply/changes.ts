import { EDITING_ACTIONS, STATUS_ACTIONS } from '../../domain/runs/run';
import { DAYS_REASONS } from '../../domain/users/days';
import { USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import { UNDONE_CREATION } from '../../domain/users/undone';
import type { Tx } from '../database/db';
import { sqlList } from '../database/sqlList';
import { lineOfFile, messageCode, nextNumber } from '../runs/lines';
import { settles } from '../runs/settles';
import { dueNow, setDue } from '../sources/dueDays';
import { fieldValue } from '../users/fieldValue';
import { keepOwner } from './keepOwner';
import { NOT_FREE } from './notFree';
import type { BatchRange } from './batch';
import { recordChanges } from './events';

/**
 * Applies the changes of a batch to existing users. A user who is still as planned gets all of them;
 * a user who changed since gets only the fields whose old value still holds.
 *
 * Keys that change hands are first released (each replaced by a value that no user can have), then
 * taken, in this one transaction.
 */
export async function applyChanges(tx: Tx, o: BatchRange): Promise<void> {
  const { rowCount } = await tx.query(SLICE(o));
  if ((rowCount ?? 0) > 0) {
    // When a source was new at the last analyze, the planner expects one identity, and would scan the
    // complete batch for each that exists: with an index, it finds the one entry.
    await tx.query(`create index on slice_change (user_id);
      create index on slice_change (due_id) where due_id is not null`);
    if (o.scope.kind !== 'all') await tx.query(OUT_OF_REACH(o), [o.scope.ids]);
    await tx.query(CHANGED_SINCE(o));
    await tx.query(LINKED_SINCE(o));
    if (o.careful) {
      await keepOwner(tx);
      await dropTakenKeys(tx, o);
    }
    await tx.query(OUTCOMES(o));
    if (o.careful) await tx.query(KEY_NOT_FREE(o));
    if (o.keySwap || o.careful) await tx.query(LET_GO);
    await tx.query(UPDATE(o));
    await tx.query(UNLINK(o));
    await tx.query(LINK(o));
    await tx.query(setDue(o.sourceId));
    await tx.query(REMEMBER(o));
    if (o.isRead) await tx.query(ENDED_WITHOUT_NUMBER(o));
    await tx.query(o.bySource ? THERE_AGAIN(o) : MISSING_AGAIN(o));
    await recordChanges(tx, o);
    // Last, because it locks every source until the end.
    await tx.query(EPOCH);
  }
  await tx.query(`drop table slice_change`);
}

/** The login is the e-mail, and follows it: it does not change without it. */
const FOLLOWS = `coalesce(s.planned -> 'loginKey' -> 1 = s.planned -> 'emailKey' -> 1
    and s.planned -> 'loginKey' -> 0 = s.planned -> 'emailKey' -> 0
    and not s.planned ? 'loginOwn' and not l.login_own, false)`;

/** Users are locked in the order of their ids, so that two runs cannot wait for each other. */
const SLICE = (o: BatchRange): string => `
  create temp table slice_change on commit drop as
  with slice as (
    select p.entry, p.line, p.action, p.user_id, p.version as planned_version, p.external_id, p.links,
      p.reason, p.manager_late, p.kept_by_hand, p.changes as planned,
      case when p.manager_late then p.changes - 'manager' else p.changes end as changes,
      p.changes -> 'due' -> 1 ->> 'id' as due_id
    from plan_entry p
    where p.run_id = '${o.runId}' and p.entry > ${String(o.from)} and p.entry <= ${String(o.to)}
      and p.action in ${sqlList(EDITING_ACTIONS)} and ${o.decided}
  ), locked as (
    select u.id, u.version, u.status, u.login_own from "user" u
    where u.id in (select user_id from slice) order by u.id for update
  )
  select s.*, l.version as found_version, l.status as found_status, ${FOLLOWS} as follows,
    null::text[] as kept,
    null::int as partner, null::text[] as partner_keys, false as last_owner
  from slice s join locked l on l.id = s.user_id`;

/** People who left the organizations of the run's actor: skipped, and counted as such. */
const OUT_OF_REACH = (o: BatchRange): string => `
  with left_since as (
    delete from slice_change c using "user" u
    where u.id = c.user_id and u.merged_into_id is null
      and not coalesce(u.organization_id = any ($1::uuid[]), false)
    returning c.entry, array(select jsonb_object_keys(c.planned)) as fields
  )
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}', entry, 'skip', 'out_of_reach', fields from left_since`;

/** The user's value of a field of `changes`, as jsonb. */
const VALUE_NOW = (o: BatchRange): string =>
  fieldValue({ identity: 'e.value -> 0', due: dueNow(o.sourceId) });

/**
 * Names in `kept`, and removes from `changes`, what was changed or set by hand since; everything where the
 * source's id now belongs to another user. A returning person is not activated when deactivated again since.
 */
const CHANGED_SINCE = (o: BatchRange): string => `
  with gone as (
    select c.entry, c.reason, c.follows, array_agg(e.key) as keys
    from slice_change c
    join "user" u on u.id = c.user_id
    cross join lateral jsonb_each(c.planned) e
    -- A plan reads by many statements: it may have the version that a merge amid it gave.
    where (c.found_version <> c.planned_version or c.found_status = 'merged')
      and (c.found_status = 'merged'
        or e.key = 'status' and c.planned -> 'deactivatedReason' ->> 1 = '${UNDONE_CREATION}'
          and exists (select from "user" a where a.merged_into_id = c.user_id)
        or coalesce(${VALUE_NOW(o)}, 'null') <> coalesce(e.value -> 0, 'null')
        ${
          o.bySource
            ? `or e.key = any(u.sticky)
        or e.key = 'status' and u.protected and e.value ->> 1 = 'inactive'
        or not c.links and c.external_id is not null and not exists (
          select from identity i join "user" a on a.id = i.user_id
          where i.source_id = '${o.sourceId}' and i.external_id = c.external_id
            and coalesce(a.merged_into_id, a.id) = c.user_id)`
            : ''
        })
    group by c.entry, c.reason, c.follows
  ), whole as (
    -- A value and its key, a status and its date go together.
    select entry, keys
      || case when keys && array['login', 'loginKey', 'loginOwn']
          or follows and keys && array['email', 'emailKey']
        then array['login', 'loginKey', 'loginOwn'] else '{}' end
      || case when keys && array['email', 'emailKey'] then array['email', 'emailKey'] else '{}' end
      || case when keys && array['status'] or reason in ('returned', 'days_include_today', '${UNDONE_CREATION}') and keys && array['deactivatedAt']
        then array['status', 'deactivatedAt', 'deactivatedReason', 'due'] else '{}' end as keys
    from gone
  )
  update slice_change c set kept = w.keys, changes = c.changes - w.keys
  from whole w where w.entry = c.entry`;

/**
 * A link that exists already, by another run or by hand, is none of this run's: an undo leaves it. A link does
 * not change the version of its user.
 */
const LINKED_SINCE = (o: BatchRange): string => `
  update slice_change c set kept = coalesce(c.kept, '{}') || array['identity'],
    changes = c.changes - 'identity'
  from identity i
  where c.changes -> 'identity' ->> 1 is not null and i.source_id = '${o.sourceId}'
    and i.external_id = c.changes -> 'identity' ->> 1 and i.user_id = c.user_id`;

/**
 * Removes what can no longer be done: entries whose identity now belongs to another user, managers
 * who were not created after all, and key changes whose new key another user holds and keeps. A user
 * who keeps a key because of that may block the next one, so it repeats until nothing is found.
 */
async function dropTakenKeys(tx: Tx, o: BatchRange): Promise<void> {
  await tx.query(LINKED_ELSEWHERE(o));
  await tx.query(UNKNOWN_MANAGER);
  for (;;) {
    const taken = await tx.query(TAKEN(o));
    const keyless = await tx.query(KEYLESS);
    if ((taken.rowCount ?? 0) + (keyless.rowCount ?? 0) === 0) return;
  }
}

const LINKED_ELSEWHERE = (o: BatchRange): string => `
  update slice_change c set kept = array(select jsonb_object_keys(c.planned)), changes = '{}'
  from identity i
  where c.changes -> 'identity' ->> 1 = i.external_id and i.user_id <> c.user_id
    and i.source_id = '${o.sourceId}'`;

const UNKNOWN_MANAGER = `
  update slice_change c set kept = coalesce(c.kept, '{}') || array['manager'],
    changes = c.changes - 'manager'
  where c.changes -> 'manager' ->> 1 is not null
    and not exists (select from "user" m where m.id = (c.changes -> 'manager' ->> 1)::uuid)`;

/**
 * `partner`: the entry that was to free the key and was not approved, the first of a chain of them;
 * `partner_keys`: the keys that were not free because of it.
 */
const TAKEN = (o: BatchRange): string => `
  with wish as (
    select c.entry, c.user_id, c.follows, k.key, c.changes -> k.key ->> 1 as value
    from slice_change c, unnest(array['code', 'loginKey', 'emailKey']) k(key)
    where c.changes -> k.key ->> 1 is not null
  ), held as (
    select w.*, h.id as holder, case w.key when 'loginKey' then 'login' when 'emailKey' then 'email'
      else w.key end as field
    from wish w join "user" h on h.id <> w.user_id and case w.key
      when 'code' then h.code = w.value
      when 'loginKey' then h.login_key = w.value else h.email_key = w.value end
    where not exists (
      select from slice_change g where g.user_id = h.id and g.changes -> w.key ->> 0 = w.value)
  ), judged as (
    select t.*, (
      select min(coalesce(g.partner, p.entry)) from plan_entry p
      left join slice_change g on g.entry = p.entry
      where p.run_id = '${o.runId}' and p.user_id = t.holder and p.action <> 'create'
        and p.changes -> t.key ->> 0 = t.value
        and (t.field = any(g.partner_keys) or p.decided is not null and not ${o.decided})) as partner
    from held t
  ), taken as (
    select entry, array_agg(distinct field) || array_agg(distinct key)
        || case when bool_or(field = 'login' or follows and field = 'email')
          then array['login', 'loginKey', 'loginOwn'] else '{}' end as keys,
      min(partner) as partner,
      array_agg(distinct field) filter (where partner is not null) as partner_keys
    from judged group by entry
  )
  update slice_change c set kept = coalesce(c.kept, '{}') || t.keys, changes = c.changes - t.keys,
    partner = coalesce(c.partner, t.partner),
    partner_keys = coalesce(c.partner_keys, '{}') || coalesce(t.partner_keys, '{}')
  from taken t where t.entry = c.entry`;

/** A change that was to exchange keys must not leave the user without any. */
const KEYLESS = `
  update slice_change c set kept = coalesce(c.kept, '{}')
      || array['code', 'login', 'loginKey', 'loginOwn', 'email', 'emailKey'],
    changes = c.changes - array['code', 'login', 'loginKey', 'loginOwn', 'email', 'emailKey']
  from "user" u where u.id = c.user_id
    and case when c.changes ? 'code' then c.changes -> 'code' ->> 1 else u.code end is null
    and case when c.changes ? 'loginKey' then c.changes -> 'loginKey' ->> 1 else u.login_key end is null
    and case when c.changes ? 'emailKey' then c.changes -> 'emailKey' ->> 1 else u.email_key end is null`;

const NOTHING_LEFT = `(changes = '{}' and not (manager_late and not coalesce('manager' = any(kept), false)))`;

/** The outcome of entries that could not be applied as planned. */
const OUTCOMES = (o: BatchRange): string => `
  insert into entry_outcome (run_id, entry, action, reason, fields)
  select '${o.runId}', entry,
    case when ${NOTHING_LEFT} then 'skip'
      when action in ${sqlList(STATUS_ACTIONS)} and 'status' = any(kept) then 'update'
      else action end::plan_action,
    case when last_owner then 'last_owner' when partner is not null then 'key_not_free'
      else 'changed_since' end, kept
  from slice_change where kept is not null`;

/**
 * Half of a key swap was approved: the key it is about, who keeps it, and what to approve with it.
 */
const KEY_NOT_FREE = (o: BatchRange): string => `
  with told as (
    select c.line, c.entry, k.key, p.entry as partner, ${lineOfFile('p.line')} as partner_line,
      coalesce(r.headers ->> k.key, k.key) as head,
      coalesce(h.code, h.login, h.email, h.id::text) as holder,
      r.kind, s.kind as source_kind, s.name as source
    from slice_change c
    cross join lateral (select distinct key from unnest(c.partner_keys) key
      where not (c.follows and key = 'login' and 'email' = any(c.partner_keys))) k
    join run r on r.id = '${o.runId}'
    join source s on s.id = r.source_id
    join plan_entry p on p.run_id = r.id and p.entry = c.partner
    join "user" h on h.id = p.user_id
    where c.partner is not null
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select '${o.runId}', ${nextNumber(o.runId)} + row_number() over (order by line, key),
    ${lineOfFile('line')}, head, ${messageCode('key_not_free')}, ${NOT_FREE}
  from told`;

/** No key of a person contains U+0001: cells with control characters are refused. */
const LET_GO = `
  update "user" u set
    code = case when c.changes ? 'code' and u.code is not null then chr(1) || u.id else u.code end,
    login_key = case when c.changes ? 'loginKey' and u.login_key is not null
      then chr(1) || u.id else u.login_key end,
    email_key = case when c.changes ? 'emailKey' and u.email_key is not null
      then chr(1) || u.id else u.email_key end
  from slice_change c
  where c.user_id = u.id and (c.changes ? 'code' or c.changes ? 'loginKey' or c.changes ? 'emailKey')`;

const DAYS = DAYS_REASONS.map((reason) => `'${reason}'`).join(', ');

function set(column: string, field: string, cast: string): string {
  return `${column} = case when c.changes ? '${field}'
      then (c.changes -> '${field}' ->> 1)${cast} else u.${column} end`;
}

const CASTS: Readonly<Record<string, string>> = {
  date: '::date',
  status: '::user_status',
  organization: '::uuid',
  manager: '::uuid',
};

const SETS = [
  ...USER_FIELD_NAMES.map((f) => {
    const { column, kind } = USER_FIELDS[f];
    return set(column, f, CASTS[kind] ?? '');
  }),
  set('login_key', 'loginKey', ''),
  set('login_own', 'loginOwn', '::boolean'),
  set('email_key', 'emailKey', ''),
  `sticky = case when c.changes ? 'sticky'
      then array(select jsonb_array_elements_text(c.changes -> 'sticky' -> 1)) else u.sticky end`,
  `properties = case when c.changes::text like '%"properties.%' then (
      select jsonb_strip_nulls(u.properties || coalesce(jsonb_object_agg(substr(e.key, 12), e.value -> 1), '{}'))
      from jsonb_each(c.changes) e where e.key like 'properties.%') else u.properties end`,
];

const UPDATE = (o: BatchRange): string => `
  update "user" u set
    ${SETS.join(',\n    ')},
    deactivated_at = case
      when c.changes ? 'deactivatedAt' then (c.changes -> 'deactivatedAt' ->> 1)::timestamptz
      when c.changes -> 'status' ->> 1 = 'inactive' then now()
      when c.changes -> 'status' ->> 1 = 'active' then null else u.deactivated_at end,
    deactivated_reason = case
      when c.changes ? 'deactivatedReason' then c.changes -> 'deactivatedReason' ->> 1
      when c.changes ? 'deactivatedAt' then null
      when c.changes -> 'status' ->> 1 = 'inactive'
        then case when c.reason in ('absent', ${DAYS}) then c.reason else '${o.bySource ? 'source' : 'by_hand'}' end
      when c.changes -> 'status' ->> 1 = 'active' then null else u.deactivated_reason end,
    version = u.version + 1, updated_at = now()
  from slice_change c
  where c.user_id = u.id and c.changes - array['identity', 'due'] <> '{}'`;

/**
 * Managers are also named by code: a user who lost a code may be named in rows that are otherwise unchanged.
 */
const EPOCH = `
  update source set epoch = epoch + 1
  where exists (select from slice_change c where c.changes -> 'code' ->> 0 is not null)`;

const UNLINK = (o: BatchRange): string => `
  delete from identity i using slice_change c
  where i.source_id = '${o.sourceId}' and c.changes ? 'identity'
    and i.external_id = c.changes -> 'identity' ->> 0 and i.user_id = c.user_id
    and c.changes -> 'identity' ->> 1 is null`;

/** A second id of one read for a person is marked as a link by hand: see `KNOWN_TWICE` of `plan/matching/match.ts`. */
const LINK = (o: BatchRange): string => `
  insert into identity (source_id, external_id, user_id, linked_run_id)
  select '${o.sourceId}', c.changes -> 'identity' ->> 1, c.user_id,
    case when not exists (select from identity i
      join staged_row s on s.run_id = '${o.runId}' and s.external_id = i.external_id
      where i.source_id = '${o.sourceId}' and i.user_id = c.user_id) then r.id end
  from slice_change c
  -- None where an admin said so: only then, or by rows of one read, may a user have two ids of one source.
  left join run r on r.id = '${o.runId}' and r.undo_of_id is null and not ${settles('r')}
  where c.changes -> 'identity' ->> 1 is not null`;

/**
 * Stores what the source said, and the version it led to: found unchanged by one hash join next time.
 * Not where something was left out, is kept by hand, or is still to come.
 */
const REMEMBER = (o: BatchRange): string =>
  o.isRead
    ? `
  update identity i set
    record_hash = case when c.kept is null and c.kept_by_hand = 0 and not c.manager_late
      and (s.manager_ref is null
        or exists (select from identity m where m.source_id = i.source_id
          and m.external_id = s.manager_ref and m.user_id = u.manager_id)
        or exists (select from "user" m where m.id = u.manager_id and m.code = s.manager_ref))
      then s.record_hash end,
    mapping_hash = ${o.mappingHash ?? 'null'}, user_version = u.version,
    missing_since_run_id = case when c.line is null then '${o.runId}'::uuid end,
    left_at = case when c.line is null and c.changes ? 'status' then u.deactivated_at else i.left_at end,
    ${ENDED(`c.reason in (${DAYS})`, 'c.reason')}
  from slice_change c
  join "user" u on u.id = c.user_id
  left join staged_row s on s.run_id = '${o.runId}' and s.line = c.line
  where i.source_id = '${o.sourceId}' and i.external_id = c.external_id and i.user_id = c.user_id`
    : o.bySource
      ? `
  update identity i set ${ENDED(`c.changes -> 'status' ->> 1 = 'inactive'`, `'after_last_day'`)}
  from slice_change c join "user" u on u.id = c.user_id
  where i.source_id = '${o.sourceId}' and i.external_id = c.due_id`
      : `select 1`;

/** The days of a row without a number, about a person whom the source knows under one. */
const ENDED_WITHOUT_NUMBER = (o: BatchRange): string => `
  update identity i set ended_at = u.deactivated_at, ended_by = c.reason
  from slice_change c join "user" u on u.id = c.user_id
  where c.external_id is null and c.reason in (${DAYS}) and c.changes ? 'status'
    and i.source_id = '${o.sourceId}' and i.user_id = c.user_id`;

/** That the days of this source deactivated the user: it stands while the two moments are equal. */
function ENDED(when: string, by: string): string {
  const ends = `c.changes ? 'status' and ${when}`;
  return `ended_at = case when ${ends} then u.deactivated_at else i.ended_at end,
    ended_by = case when ${ends} then ${by} else i.ended_by end`;
}

/**
 * Known under several ids, or found by a key: the mark of absence is removed, whichever id has it.
 */
const THERE_AGAIN = (o: BatchRange): string => `
  update identity i set missing_since_run_id = null
  from slice_change c
  where c.reason = 'returned' and c.changes ? 'status' and i.source_id = '${o.sourceId}'
    and i.user_id = c.user_id and i.missing_since_run_id is not null`;

/**
 * An undo returns the mark with the deactivation that it returns, and removes it with one that it undoes.
 */
const MISSING_AGAIN = (o: BatchRange): string => `
  update identity i set missing_since_run_id = case when u.status = 'inactive' then (
      select p.run_id from plan_entry p join run r on r.id = p.run_id
      where p.user_id = u.id and p.external_id = i.external_id and p.action <> 'create'
        and p.action = 'deactivate' and p.line is null and r.source_id = i.source_id
      order by p.run_id desc limit 1) end
  from slice_change c join "user" u on u.id = c.user_id
  where c.changes ? 'status' and i.source_id = '${o.sourceId}' and i.user_id = u.id
    and i.left_at is not null and (u.status = 'active' or i.left_at = u.deactivated_at)`;
