import type { AuditDoor } from '../database/audit';
import type { Queryable } from '../database/db';
import { Params } from '../users/params';
import { readable } from '../users/readable';

/** One event, with the names of what it refers to. */
export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actorId: string | null;
  readonly actor: string | null;
  readonly door: AuditDoor | null;
  readonly tokenId: string | null;
  readonly token: string | null;
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string;
  /** The name that people know: a code, a login, a name; null where there is none. */
  readonly subject: string | null;
  readonly runId: string | null;
  readonly reason: string | null;
  readonly fields: readonly string[];
  readonly changes: Readonly<Record<string, readonly [before: unknown, after: unknown]>> | null;
}

/** Which events are meant; all of the conditions hold. */
export interface AuditChoice {
  readonly actorId?: string;
  readonly action?: string;
  /** A run is also the subject of the event that began it as the undo of another run. */
  readonly subject?: { readonly type: string; readonly ids: readonly string[] };
  readonly since?: Date;
}

/** Where a page ended. */
export interface AuditPlace {
  readonly at: string;
  readonly id: string;
}

/** One page of events, newest first. Each condition has an index that ends with the order. */
export async function selectAudit(
  db: Queryable,
  o: { readonly choice: AuditChoice; readonly limit: number; readonly after?: AuditPlace },
): Promise<AuditRow[]> {
  const params = new Params();
  const { actorId, action, subject, since } = o.choice;
  const conditions = [
    ...(actorId === undefined ? [] : [`e.actor_id = ${params.add(actorId)}::uuid`]),
    ...(action === undefined ? [] : [`e.action = ${params.add(action)}`]),
    ...(subject === undefined
      ? []
      : [
          `e.subject_type = ${params.add(subject.type)}`,
          `(e.subject_id = any (${params.add(subject.ids)}::text[])${
            // The subject of an undo is the run that it undoes.
            subject.type === 'run' ? ` or e.run_id = any (${params.add(subject.ids)}::uuid[])` : ''
          })`,
        ]),
    ...(since === undefined ? [] : [`e.at >= ${params.add(since)}`]),
    ...(o.after === undefined
      ? []
      : [
          `(e.at, e.id) < (${params.add(o.after.at)}::timestamptz, ${params.add(o.after.id)}::bigint)`,
        ]),
  ];
  const { rows } = await db.query<AuditRow>(
    `with event as materialized (
       select e.* from audit_event e ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
       order by e.at desc, e.id desc limit ${String(o.limit)}
     ), valued as (
       select v.event_id, jsonb_object_agg(v.field, jsonb_build_array(v.before, v.after)) as changes
       from audit_value v where v.event_id in (select id from event) group by v.event_id
     ), worded as (${readable('valued', 'c.event_id')})
     select e.id::text, e.at, e.actor_id as "actorId", a.name as actor, e.door,
       e.token_id as "tokenId", t.name as token, e.action, e.subject_type as "subjectType",
       e.subject_id as "subjectId", ${NAME} as subject, e.run_id as "runId", e.reason, e.fields,
       w.changes
     from event e left join admin a on a.id = e.actor_id left join api_token t on t.id = e.token_id
     left join worded w on w.event_id = e.id
     order by e.at desc, e.id desc`,
    params.values,
  );
  return rows;
}

/** SQL: the subject's id; null for a subject that goes by its name. */
const ID = `case when e.subject_id ~ '^[0-9a-f-]{36}$' then e.subject_id::uuid end`;

/** SQL: the name of a subject, where its table has one. */
const NAME = `case e.subject_type
  when 'user' then (select coalesce(u.code, u.login, u.email) from "user" u where u.id = ${ID})
  when 'source' then (select s.name from source s where s.id = ${ID})
  when 'course' then (select c.code from course c where c.id = ${ID})
  when 'organization' then (select o.code from organization o where o.id = ${ID})
  when 'filter' then (select f.name from saved_filter f where f.id = ${ID})
  when 'admin' then (select d.name from admin d where d.id = ${ID})
  when 'token' then (select k.prefix from api_token k where k.id = ${ID}) end`;

/** A user and the accounts that were merged into it: one person in the audit. */
export async function accountsOf(db: Queryable, userId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from "user" where id = $1 or merged_into_id = $1`,
    [userId],
  );
  return rows.map(({ id }) => id);
}
