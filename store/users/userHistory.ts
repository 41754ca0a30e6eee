import { EDITING_ACTIONS, type RunKind } from '../../domain/runs/run';
import { inFieldOrder } from '../../domain/users/fields';
import { isApplied } from '../apply/applied';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { madeOf } from '../records/made';
import { behind } from '../runs/behind';
import { readable } from './readable';

/** One event of a user's history. */
export interface HistoryRow {
  readonly at: Date;
  /** `user.edit`, … for an action of a person; the plan's action for a run. */
  readonly action: string;
  readonly actor: string | null;
  /** How the actor came in; null for what a build older than 2026-12-02 wrote. */
  readonly door: string | null;
  readonly runId: string | null;
  readonly runKind: RunKind | null;
  readonly source: string | null;
  readonly entry: number | null;
  readonly reason: string | null;
  /** Names of the fields; null for runs. */
  readonly fields: readonly string[] | null;
  /** {field: [old, new]}, organizations and managers as codes; null where no values are kept. */
  readonly changes: Readonly<Record<string, readonly [old: unknown, next: unknown]>> | null;
  /** Values set by hand, as far as they are known. */
  readonly became: Readonly<Record<string, unknown>> | null;
  /** Fields set by hand that still have that value. */
  readonly stands: readonly string[] | null;
  /** The user whom it is about: the one who was asked for, or an account that this one absorbed. */
  readonly userId: string;
}

/** The moment at which a run wrote, as precisely as it is stored. */
const RUN_AT = 'coalesce(r.applied_at, r.finished_at, r.planned_at)';

/** True for entries that a run has applied, in an earlier pass or in this one. */
const APPLIED = `coalesce(e.decided, 1) between 1 and r.pass
  and (coalesce(e.decided, 1) < r.pass or ${isApplied('e.entry', 'r')})`;

/**
 * What a run changed in the users `$1`, without what was left as it is. An unmerge has an event of its own for
 * each of the two users.
 */
const CHANGED = `
  select e.run_id, e.entry, e.user_id, coalesce(x.action, e.action) as action, e.reason, e.changes - coalesce(x.fields, '{}') as changes
  from plan_entry e join run r on r.id = e.run_id
  left join entry_outcome x on x.run_id = e.run_id and x.entry = e.entry
  where e.user_id = any ($1::uuid[]) and e.action in ${sqlList(EDITING_ACTIONS)} and ${APPLIED}
    and (x.action is null or x.action in ${sqlList(EDITING_ACTIONS)})
    and e.reason is distinct from 'unmerge'`;

/** The events of the users `$1`. */
const SAID = `
  select e.* from audit_event e where e.subject_type = 'user' and e.subject_id = any ($1::uuid[]::text[])`;

/** What is kept of each event's values. */
const VALUED = `
  select v.event_id, jsonb_object_agg(v.field, jsonb_build_array(v.before, v.after)) as changes
  from audit_value v where v.event_id in (select id from said) group by v.event_id`;

/** Actions of a run about a person, as the audit names them. */
const BY_RUN = sqlList(EDITING_ACTIONS.map((action) => `user.${action}`));

/** True for an event (alias e) of a run whose plan is no longer kept. */
const PLAN_IS_GONE = `e.run_id is not null and e.action in ${BY_RUN}
  and not exists (select from changed c where c.run_id = e.run_id and c.user_id::text = e.subject_id)`;

/** True for an event (alias e) of a merge or an unmerge that the entry of its run says already. */
const IS_ENTRY = `(e.action in ('user.merge', 'user.unmerge')
  and exists (select from changed c where c.run_id = e.run_id and c.user_id::text = e.subject_id))`;

/**
 * Values set by hand before their events kept them: the old value of the next run that wrote the field,
 * if there was no other edit by hand in between. A run that was planned before the edit is an earlier one: else it would have left the field alone.
 */
const BECAME = `
  hand as (
    select e.id, e.at, e.subject_id as who, f.field from said e cross join lateral unnest(e.fields) f(field)
    where e.run_id is null and e.action in ('user.create', 'user.edit')
  ), after as (
    select h.id, h.field, n.old, n.planned_at is null as stands
    from hand h left join lateral (
      select r.planned_at, b.changes -> h.field -> 0 as old
      from readable b join changed c on c.run_id = b.run_id and c.entry = b.entry
      join run r on r.id = b.run_id
      where c.user_id::text = h.who and b.changes ? h.field and r.planned_at > h.at
      order by r.planned_at limit 1
    ) n on true
    where not exists (select from hand o where o.who = h.who and o.field = h.field and (o.at, o.id) > (h.at, h.id)
        and (n.planned_at is null or o.at < n.planned_at))
      -- A run whose plan is no longer kept may have overwritten it.
      and (exists (select from "user" u where u.id::text = h.who and h.field = any(u.sticky))
        or not exists (select from run r where r.forgotten_at is not null and r.planned_at > h.at
          and (n.planned_at is null or r.planned_at < n.planned_at)))
  ), became as (
    select id, jsonb_object_agg(field, old) filter (where not stands) as became,
      array_agg(field) filter (where stands) as stands
    from after group by id
  )`;

/** Courses and credits that a file gave to the users `$1`. The line of the row is the end of their ids. */
const MADE = `
  select m.*, s.record is null as forgotten, ${madeOf({ prefix: 'm.prefix', name: 'm.name', record: 's.record' })} as changes
  from (
    select n.id, n.user_id, n.created_run_id as run_id, 'enrollments' as prefix, c.code as name
    from enrollment n join course c on c.id = n.course_id where n.user_id = any ($1::uuid[])
    union all
    select id, user_id, created_run_id, 'credits', title from external_credit where user_id = any ($1::uuid[])
  ) m
  join run r on r.id = m.run_id and r.kind = 'import'
  left join staged_row s on s.run_id = m.run_id and s.line = ('x' || right(m.id::text, 8))::bit(32)::int`;

/** Where a page of a history ended; `key` orders events of one moment. */
export interface HistoryPlace {
  /** ISO 8601 instant. */
  readonly at: string;
  readonly key: string;
}

/**
 * The history of a user and of the accounts that it absorbed, newest first: actions of people, changes of runs
 * with old → new, and the creation: the run that created the user, or `user.create`.
 */
export async function selectHistory(
  db: Queryable,
  o: { readonly userIds: readonly string[]; readonly limit: number; readonly after?: HistoryPlace },
): Promise<{ events: HistoryRow[]; next: HistoryPlace | null }> {
  const { rows } = await db.query<HistoryRow & { key: string }>(
    `with changed as materialized (${CHANGED}),
     readable as (${readable('changed', 'c.run_id, c.entry')}),
     said as materialized (${SAID}),
     valued as (${VALUED}),
     readable_values as (${readable('valued', 'c.event_id')}),
     ${BECAME},
     by_run as (
       select ${RUN_AT} as at, c.action::text, a.name as actor,
         coalesce(e.door, ${behind('r')} ->> 'door') as door, c.run_id as "runId",
         r.kind as "runKind", s.name as source, c.entry, c.reason, null::text[] as fields, b.changes,
         null::jsonb as became, null::text[] as stands, c.user_id as "userId",
         'run ' || c.run_id || ' ' || lpad(c.entry::text, 10, '0') as key
       from changed c join readable b on b.run_id = c.run_id and b.entry = c.entry
       join run r on r.id = c.run_id join source s on s.id = r.source_id
       left join said e on e.run_id = c.run_id and e.subject_id = c.user_id::text and e.action in ${BY_RUN}
       left join admin a on a.id = coalesce(e.actor_id, r.actor_id)
     ), made as (
       select ${RUN_AT} as at, 'update' as action, a.name, ${behind('r')} ->> 'door', r.id, r.kind, s.name, null::int, null,
         case when m.forgotten then array[m.prefix || '.' || m.name] end, case when not m.forgotten then m.changes end,
         null::jsonb, null::text[], m.user_id, 'run ' || r.id || ' made ' || right(m.id::text, 8)
       from (${MADE}) m join run r on r.id = m.run_id join source s on s.id = r.source_id
       left join admin a on a.id = r.actor_id
     ), created as (
       select u.created_at as at, 'create' as action, a.name, ${behind('r')} ->> 'door', r.id, r.kind, s.name, null::int, null,
         null::text[], null::jsonb, null::jsonb, null::text[], u.id, 'made'
       from "user" u join run r on r.id = u.created_run_id join source s on s.id = r.source_id
       left join admin a on a.id = r.actor_id
       where u.id = any ($1::uuid[])
     ), by_hand as (
       select e.at, e.action, a.name, e.door, e.run_id, null::run_kind, null::text, null::int, null,
         e.fields, v.changes, coalesce((select jsonb_object_agg(k.key, k.value -> 1)
           from jsonb_each(v.changes) k
           where e.action in ('user.create', 'user.edit') and k.key = any(e.fields)), b.became),
         case when v.event_id is null then b.stands end, e.subject_id::uuid, 'said ' || lpad(e.id::text, 20, '0')
       from said e left join admin a on a.id = e.actor_id left join became b on b.id = e.id
       left join readable_values v on v.event_id = e.id
       where e.run_id is null or e.action not in ${BY_RUN} and e.action <> 'user.create' and not ${IS_ENTRY}
     ), by_forgotten_run as (
       select e.at, substr(e.action, 6), a.name, e.door, e.run_id, r.kind, s.name, null::int, e.reason,
         case when v.event_id is null then e.fields end, v.changes, null::jsonb, null::text[],
         e.subject_id::uuid, 'said ' || lpad(e.id::text, 20, '0')
       from said e join run r on r.id = e.run_id join source s on s.id = r.source_id
       left join admin a on a.id = e.actor_id
       left join readable_values v on v.event_id = e.id
       where ${PLAN_IS_GONE}
     )
     select * from (
       select * from by_run union all select * from made union all select * from created union all select * from by_hand
       union all select * from by_forgotten_run
     ) events
     where $3::timestamptz is null or (at, key collate "C") < ($3, $4::text)
     order by at desc, key collate "C" desc limit $2`,
    [o.userIds, o.limit + 1, o.after?.at ?? null, o.after?.key ?? null],
  );
  const shown = rows.slice(0, o.limit);
  const last = shown.at(-1);
  return {
    events: shown.map(({ key: _, changes, ...event }) => ({
      ...event,
      changes: changes === null ? null : inFieldOrder(changes),
    })),
    next:
      last === undefined || rows.length === shown.length
        ? null
        : { at: last.at.toISOString(), key: last.key },
  };
}

/** The origin of the value of one field. */
export interface OriginRow {
  readonly field: string;
  readonly at: Date;
  /** A source's name, or null: by hand. */
  readonly source: string | null;
  readonly runId: string | null;
  readonly actor: string | null;
  readonly action: string;
}

/**
 * The last origin of each field that was written since the user was created: the newest of the
 * runs' changes and of the values set by hand.
 */
export async function selectOrigins(db: Queryable, userId: string): Promise<OriginRow[]> {
  const { rows } = await db.query<OriginRow>(
    `with changed as materialized (${CHANGED}), said as (${SAID}),
     by_run as (
       select k.key as field, ${RUN_AT} as at,
         case when s.kind <> 'admin' then s.name end as source,
         c.run_id as "runId", a.name as actor, c.action::text
       from changed c cross join lateral jsonb_object_keys(c.changes) k(key)
       join run r on r.id = c.run_id join source s on s.id = r.source_id
       left join admin a on a.id = r.actor_id
     ), by_hand as (
       select f.field, e.at, case when s.kind <> 'admin' then s.name end, r.id, a.name, e.action
       from said e cross join lateral unnest(e.fields) f(field)
       left join admin a on a.id = e.actor_id
       left join run r on r.id = e.run_id left join source s on s.id = r.source_id
       where e.run_id is null and e.action in ('user.create', 'user.edit') or ${PLAN_IS_GONE}
     )
     select distinct on (field) * from (select * from by_run union all select * from by_hand) o
     order by field, at desc, "runId" desc nulls first`,
    [[userId]],
  );
  return rows;
}

/** How the user was created: the run, or null for one created by hand. */
export async function selectCreation(
  db: Queryable,
  userId: string,
): Promise<{ runId: string; source: string; at: Date; actor: string | null } | null> {
  const { rows } = await db.query<{
    runId: string;
    source: string;
    at: Date;
    actor: string | null;
  }>(
    `select r.id as "runId", s.name as source, u.created_at as at, a.name as actor
     from "user" u join run r on r.id = u.created_run_id join source s on s.id = r.source_id
     left join admin a on a.id = r.actor_id where u.id = $1`,
    [userId],
  );
  return rows[0] ?? null;
}
