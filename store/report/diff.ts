import type { Gate } from '../../domain/runs/gates';
import { KINDS_WITH_LINES } from '../../domain/runs/run';
import type { DiffEntry, EntryState } from '../../domain/runs/runDocument';
import type { RunSubject } from '../../domain/runs/subject';
import { inFieldOrder, USER_FIELDS, USER_FIELD_NAMES } from '../../domain/users/fields';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { lineOfFile } from '../runs/lines';
import { madeOf } from '../records/made';
import { usersAsMeant } from '../users/meant';
import { HIDDEN_FIELDS } from '../users/fieldValue';
import { ENTRY_STATE } from './counts';
import { entriesOf } from './gated';

const BATCH = 2000;

export interface DiffQuery {
  readonly runId: string;
  /** The subject of the run; by default users. */
  readonly subject?: RunSubject;
  /** `kept`: entries with values that are kept by hand. By default all but unchanged ones. */
  readonly action?: string;
  /** Entries that this gate counted. */
  readonly gate?: Gate;
  /** Entries that change this field, and only that change of each. */
  readonly field?: string;
  /**
   * Entries in this state; `open`: all that are neither decided nor applied. By default every entry.
   */
  readonly state?: EntryState | 'open';
}

/**
 * What the plan does, entry by entry, in the order of application; fields in display order. Creates
 * show their values as `[null, new]`; organizations and managers show as codes. With `kept`, an
 * entry shows only what it keeps.
 */
export async function* diffEntries(
  db: { readonly pool: Queryable },
  q: DiffQuery,
): AsyncGenerator<DiffEntry> {
  let after = 0;
  for (;;) {
    const { rows } = await db.pool.query<DiffEntry>(PAGES[q.subject ?? 'users'](q), [
      q.runId,
      after,
      BATCH,
      q.action ?? null,
      q.field ?? null,
      q.state ?? null,
    ]);
    for (const row of rows) {
      after = row.entry;
      const { kept, knownAs, rejectedIn, ...entry } = row;
      const pairs = fieldsOf(kept ?? row.changes, q.field);
      if (pairs === null) continue;
      yield {
        ...entry,
        ...(kept ? { changes: {}, kept: pairs } : { changes: pairs }),
        ...(knownAs ? { knownAs } : {}),
        ...(rejectedIn ? { rejectedIn } : {}),
      };
    }
    if (rows.length < BATCH) return;
  }
}

/** SQL: a page of entries, with what each subject shows of them. */
const PAGES: Readonly<Record<RunSubject, (q: DiffQuery) => string>> = {
  users: pageOfUsers,
  enrollments: (q) => pageOfRecords(q, 'enrollments'),
  credits: (q) => pageOfRecords(q, 'credits'),
  merges: pageOfUsers,
};

type Pairs = DiffEntry['changes'];

/** In display order; `field`: that one alone, null where the entry does not change it. */
function fieldsOf(pairs: Pairs, field: string | undefined): Pairs | null {
  if (field === undefined) return inFieldOrder(pairs);
  const pair = pairs[field];
  return pair === undefined ? null : { [field]: pair };
}

function created(field: (typeof USER_FIELD_NAMES)[number]): string {
  switch (field) {
    case 'organization':
      return `(select code from organization where id = s.organization_id)`;
    case 'manager':
      // Only a manager who was found is set.
      return `case when p.manager_id is not null then s.manager_ref end`;
    case 'login':
      return `case when 'login' = any(s.clears) then null else coalesce(s.login, s.email, s.code) end`;
    case 'status':
      return `coalesce(s.status, 'active')`;
    default:
      return `s.${USER_FIELDS[field].column}`;
  }
}

const CREATED = USER_FIELD_NAMES.map(
  (f) => `'${f}', case when nullif(${created(f)}::text, '') is not null
      then jsonb_build_array(null, ${created(f)}) end`,
).join(',\n      ');

/** The row of a person that this run creates: the user's id ends with its line. */
const NEW_MANAGER = `
    select coalesce(n.code, n.external_id, n.login, n.email) from staged_row n
    where n.run_id = p.run_id and left(replace(e.value ->> 1, '-', ''), 24) = r.id_prefix
      and n.line = ('x' || right(e.value ->> 1, 8))::bit(32)::int`;

const CALLED = 'coalesce(code, login, email, id::text)';

/** A reference in `changes` as a code, or as another key. */
const READABLE = `case e.key
  when 'organization' then jsonb_build_array(
    (select code from organization where id::text = e.value ->> 0),
    (select code from organization where id::text = e.value ->> 1))
  when 'manager' then jsonb_build_array(
    (select ${CALLED} from "user" where id = (e.value ->> 0)::uuid),
    coalesce((select ${CALLED} from "user" where id = (e.value ->> 1)::uuid),
      (${NEW_MANAGER}), e.value ->> 1))
  else e.value end`;

/** A person's name: from the store, else from the row. */
const name = (of: string): string =>
  `coalesce(${of}.display_name, nullif(concat_ws(' ', ${of}.first_name, ${of}.last_name), ''))`;

/** SQL: the next entries, each with its outcome. */
function page(q: DiffQuery): string {
  return `page as (
    select p.*, coalesce(o.action, p.action) as outcome, o.reason as outcome_reason,
      ${ENTRY_STATE} as state
    from plan_entry p
    join run r on r.id = p.run_id
    left join entry_outcome o on o.run_id = p.run_id and o.entry = p.entry
    where p.run_id = $1 and p.entry > $2
      and case coalesce($4, '') when '' then p.action <> 'unchanged' when 'kept' then p.kept is not null
        else $4 in (p.action::text, o.action::text) end
      and ($5::text is null or p.changes ? $5 or p.kept ? $5 or p.action = 'create')
      and case coalesce($6, '') when '' then true
        when 'open' then coalesce(${ENTRY_STATE} in ('planned', 'held'), true)
        else ${ENTRY_STATE} = $6 end
      and ${q.gate === undefined ? 'true' : (entriesOf(q.gate) ?? 'true')}
    order by p.entry limit $3
  )`;
}

const LINE = `case when r.kind in ${sqlList(KINDS_WITH_LINES)} then ${lineOfFile('p.line')} end as line`;
const REASON = `case when p.state = 'rejected' then 'rejected'
      else coalesce(p.outcome_reason, p.reason) end as reason`;

function pageOfUsers(q: DiffQuery): string {
  return `
  with ${page(q)}
  select p.entry, ${LINE}, p.outcome as action, p.state, p.user_id as "userId",
    coalesce(u.code, s.code, s.external_id, u.login, s.login, s.email) as code,
    coalesce(${name('u')}, ${name('s')}) as name,
    p.matched_by as "matchedBy",
    ${REASON},
    case when p.action = 'create' then jsonb_strip_nulls(jsonb_build_object(
      ${CREATED})) || coalesce((
        select jsonb_object_agg('properties.' || e.key, jsonb_build_array(null, e.value))
        from jsonb_each(s.properties) e where e.value <> 'null'), '{}') || coalesce(p.changes, '{}')
    else (select coalesce(jsonb_object_agg(e.key, ${READABLE} order by e.key), '{}')
      from jsonb_each(p.changes) e where e.key not in ${sqlList(HIDDEN_FIELDS)}) end as changes,
    ${q.action === 'kept' ? `(select jsonb_object_agg(e.key, ${READABLE}) from jsonb_each(p.kept) e)` : 'null'} as kept,
    case when p.action = 'create' and p.candidates <> '{}' then ${usersAsMeant('p.candidates')} end as "knownAs",
    p.rejected_in as "rejectedIn"
  from page p
  join run r on r.id = p.run_id
  left join staged_row s on s.run_id = p.run_id and s.line = p.line and r.kind in ${sqlList(KINDS_WITH_LINES)}
  left join "user" u on u.id = p.user_id
  order by p.entry`;
}

/** Of a new record: what its row says, after the course's code or the credit's title. */
function pageOfRecords(q: DiffQuery, prefix: string): string {
  return `
  with ${page(q)}
  select p.entry, ${LINE}, p.outcome as action, p.state, p.user_id as "userId",
    coalesce(u.code, u.login, u.email, s.user_ref) as code, ${name('u')} as name,
    p.matched_by as "matchedBy", ${REASON},
    case when p.action = 'create' then ${madeOf({
      prefix: `'${prefix}'`,
      name: `coalesce(s.other_ref, s.record ->> 'title')`,
      record: 's.record',
    })}
    else coalesce((select jsonb_object_agg(e.key, e.value) from jsonb_each(p.changes) e
      where e.key not like '%.print'), '{}') end as changes,
    null as kept, null as "knownAs", p.rejected_in as "rejectedIn"
  from page p
  join run r on r.id = p.run_id
  left join staged_row s on s.run_id = p.run_id and s.line = p.line and r.kind in ${sqlList(KINDS_WITH_LINES)}
  left join "user" u on u.id = p.user_id
  order by p.entry`;
}
