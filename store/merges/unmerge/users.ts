import type { Tx } from '../../database/db';
import { indexed } from '../../database/indexed';
import { sqlList } from '../../database/sqlList';
import { familyOf, fieldOf, KEY_COLUMNS } from './columns';

/**
 * Makes the tables in which {@link judgeUsers} works: `unmerge_user (id, was)` has the users of `unmerging`
 * as they are, as rows in jsonb.
 */
export async function loadUsers(tx: Tx): Promise<void> {
  await tx.query(`
    create temp table unmerge_user on commit drop as
    select u.id, to_jsonb(u) as was from "user" u
    where u.id in (select survivor_id from unmerging union select absorbed_id from unmerging);
    create temp table unmerge_field (
      merge_id uuid, user_id uuid, survives boolean, name text, field text, family text,
      old jsonb, wrote jsonb, now jsonb, stands boolean, taken uuid,
      primary key (merge_id, user_id, name)) on commit drop;
    create temp table unmerge_value (
      merge_id uuid, user_id uuid, survives boolean, value jsonb,
      primary key (merge_id, user_id)) on commit drop`);
  await indexed(tx, 'unmerge_user', ['id']);
}

/**
 * What the merges of a level give back to their users: `unmerge_field` says it for each column, and
 * `unmerge_value` has the columns that are written. A column comes back where it still has the value that
 * the merge left. A pair in which someone would be left without any key gets the problem `no_key_left`. Users
 * of later levels are judged as these will have left them.
 */
export async function judgeUsers(tx: Tx, level: number): Promise<void> {
  for (const statement of [
    FIELDS,
    LEFT_SINCE,
    LEFT_FROM_HERE,
    GIVEN_BACK,
    TAKEN,
    VALUES,
    STICKY,
    NO_KEY_LEFT,
    FORGOTTEN,
    GOES_ON,
  ]) {
    await tx.query(statement, statement.includes('$1') ? [level] : []);
  }
}

/** SQL: the merges of this level that go on. */
const MERGES = `(select * from unmerging where level = $1 and problem is null)`;

/** The images of two users, column by column and property by property. */
const FIELDS = `
  insert into unmerge_field
  with image as (
    select m.merge_id, u.id as user_id, u.id = m.survivor_id as survives, c.before, c.after, u.was
    from ${MERGES} m
    join merge_change c on c.merge_id = m.merge_id and c.what = 'user'
    join unmerge_user u on u.id = (c.key ->> 'id')::uuid
  ), field as (
    select merge_id, user_id, survives, e.key as name, coalesce(before -> e.key, 'null') as old,
      e.value as wrote, coalesce(was -> e.key, 'null') as now
    from image cross join lateral jsonb_each(after) e
    where e.key not in ('properties', 'sticky', 'version', 'updated_at')
    union all
    select merge_id, user_id, survives, 'properties.' || p.key,
      coalesce(before -> 'properties' -> p.key, 'null'), coalesce(after -> 'properties' -> p.key, 'null'),
      coalesce(was -> 'properties' -> p.key, 'null')
    from image cross join lateral (
      select jsonb_object_keys(before -> 'properties') union select jsonb_object_keys(after -> 'properties')
    ) p(key)
    where before -> 'properties' -> p.key is distinct from after -> 'properties' -> p.key
  ), judged as (
    select *, ${familyOf('name')} as family from field
  )
  select merge_id, user_id, survives, name, ${fieldOf('name')}, family, old, wrote, now,
    -- Nobody changes an absorbed user but merges and unmerges.
    bool_and(now = wrote) over (partition by merge_id, user_id, family)
      or not survives and family = 'status'
  from judged`;

/**
 * Survivors whom a source has deactivated since under a number that goes back to the absorbed user: that
 * person left, and the survivor has access again.
 */
const LEFT_HERE = `
  select distinct on (m.merge_id) m.merge_id, m.survivor_id, m.absorbed_id, s.was
  from ${MERGES} m
  join unmerge_user s on s.id = m.survivor_id and s.was ->> 'status' = 'inactive'
    and (s.was ->> 'deactivated_at')::timestamptz > m.merged_at
  join merge_change c on c.merge_id = m.merge_id and c.what = 'identity' and c.change = 'moved'
  join identity i on i.source_id = (c.key ->> 'source_id')::uuid and i.external_id = c.key ->> 'external_id'
    and i.user_id = m.survivor_id
    and (s.was ->> 'deactivated_at')::timestamptz in (i.left_at, i.ended_at)`;

const STATUS_COLUMNS = `(values ('status'), ('deactivated_at'), ('deactivated_reason')) k(name)`;

const LEFT_SINCE = `
  insert into unmerge_field
  select l.merge_id, l.survivor_id, true, k.name, ${fieldOf('k.name')}, 'status',
    case k.name when 'status' then '"active"' else 'null' end::jsonb,
    case k.name when 'status' then '"active"' else 'null' end::jsonb, l.was -> k.name, true
  from (${LEFT_HERE}) l cross join ${STATUS_COLUMNS}
  on conflict (merge_id, user_id, name) do update set stands = true`;

const LEFT_FROM_HERE = `
  insert into unmerge_field
  select l.merge_id, l.absorbed_id, false, k.name, ${fieldOf('k.name')}, 'status', l.was -> k.name,
    a.was -> k.name, a.was -> k.name, true
  from (${LEFT_HERE}) l cross join ${STATUS_COLUMNS}
  join unmerge_user a on a.id = l.absorbed_id
  where exists (select from unmerge_field f where f.merge_id = l.merge_id and f.user_id = l.absorbed_id
    and f.name = 'status' and f.old = '"active"')
  on conflict (merge_id, user_id, name) do update set old = excluded.old`;

/** A date that the merge did not change has to go with the status that comes back. */
const GIVEN_BACK = `
  insert into unmerge_field
  select f.merge_id, f.user_id, f.survives, k.name, ${fieldOf('k.name')}, 'status', 'null', u.was -> k.name,
    u.was -> k.name, true
  from unmerge_field f join ${MERGES} m using (merge_id) join unmerge_user u on u.id = f.user_id
  cross join (values ('deactivated_at'), ('deactivated_reason')) k(name)
  where f.name = 'status' and f.stands and f.old = '"active"' and u.was ->> k.name is not null
  on conflict do nothing`;

/**
 * Keys that come back and that somebody else holds by now: a third user, or the other one of the pair who
 * keeps it. As the users of this run will be, and as all others are.
 */
const TAKEN = `
  with wish as materialized (
    select f.merge_id, f.user_id, f.family, f.name, f.old #>> '{}' as value
    from unmerge_field f join ${MERGES} m using (merge_id)
    where f.name in ${sqlList(KEY_COLUMNS)} and f.stands and f.old <> 'null'
  ), holder as (
    ${KEY_COLUMNS.map(
      (key) => `select w.*, u.id from wish w join "user" u on u.${key} = w.value
      where w.name = '${key}' and not exists (select from unmerge_user r where r.id = u.id)
      union all
      select w.*, r.id from wish w join unmerge_user r on r.was ->> '${key}' = w.value
      where w.name = '${key}' and r.id <> w.user_id and not exists (select from unmerge_field g
        where g.merge_id = w.merge_id and g.user_id = r.id and g.name = '${key}' and g.stands)`,
    ).join('\n    union all\n    ')}
  )
  update unmerge_field f set taken = h.id
  from holder h where f.merge_id = h.merge_id and f.user_id = h.user_id and f.family = h.family`;

/** What is written. A key that is taken does not come back, and the one of the other user goes, too. */
const VALUES = `
  insert into unmerge_value
  select m.merge_id, p.id, p.id = m.survivor_id, coalesce(f.plain, '{}') || case when f.properties is null
    then '{}' else jsonb_build_object('properties',
      jsonb_strip_nulls((u.was -> 'properties') || f.properties)) end
  from ${MERGES} m
  cross join lateral (values (m.survivor_id), (m.absorbed_id)) p(id)
  join unmerge_user u on u.id = p.id
  left join lateral (
    select jsonb_object_agg(g.name, case when g.taken is null then g.old
          when g.name = 'login_own' then 'false' else 'null' end)
        filter (where g.name not like 'properties.%') as plain,
      jsonb_object_agg(substr(g.name, 12), g.old) filter (where g.name like 'properties.%') as properties
    from unmerge_field g where g.merge_id = m.merge_id and g.user_id = p.id and g.stands
  ) f on true`;

/** Each field on its own: set by hand, or released, since the merge is as it is now. */
const STICKY = `
  with image as (
    select m.merge_id, u.id as user_id, c.before -> 'sticky' as old, c.after -> 'sticky' as wrote,
      u.was -> 'sticky' as now
    from ${MERGES} m
    join merge_change c on c.merge_id = m.merge_id and c.what = 'user' and c.after ? 'sticky'
    join unmerge_user u on u.id = (c.key ->> 'id')::uuid
  ), kept as (
    select i.*, array(select f.field from unmerge_field f
      where f.merge_id = i.merge_id and f.user_id = i.user_id and not f.stands) as kept
    from image i
  ), judged as (
    select i.merge_id, i.user_id,
      case when i.now = i.wrote and not i.wrote ?| i.kept then i.old else (
      select coalesce(jsonb_agg(s.field order by s.field), '[]') from (
        select n.field from jsonb_array_elements_text(i.now) n(field)
        where not i.wrote ? n.field or i.old ? n.field or n.field = any (i.kept)
        union
        select n.field from jsonb_array_elements_text(i.old) n(field) where not i.wrote ? n.field
      ) s) end as value
    from kept i
  )
  update unmerge_value v set value = v.value || jsonb_build_object('sticky', j.value)
  from judged j where j.merge_id = v.merge_id and j.user_id = v.user_id`;

/** `blocker`: who has the key by now; `keyless`: who needs it. */
const NO_KEY_LEFT = `
  update unmerging m set problem = 'no_key_left', keyless = v.user_id, blocker = (
    select f.taken from unmerge_field f
    where f.merge_id = m.merge_id and f.user_id = v.user_id and f.taken is not null limit 1)
  from unmerge_value v join unmerge_user u on u.id = v.user_id
  where m.level = $1 and m.problem is null and v.merge_id = m.merge_id
    and num_nonnulls(${KEY_COLUMNS.map((key) => `(u.was || v.value) ->> '${key}'`).join(', ')}) = 0`;

const FORGOTTEN = `
  with gone as (
    delete from unmerge_value v using unmerging m
    where m.merge_id = v.merge_id and m.problem is not null
  )
  delete from unmerge_field f using unmerging m
  where m.merge_id = f.merge_id and m.problem is not null`;

const GOES_ON = `
  update unmerge_user u set was = u.was || v.value
  from unmerge_value v join ${MERGES} m using (merge_id) where v.user_id = u.id`;
