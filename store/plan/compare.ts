import { isNameField } from '../../domain/files/cellKinds';
import { USER_FIELDS, USER_FIELD_NAMES, type UserField } from '../../domain/users/fields';
import { UNDONE_CREATION } from '../../domain/users/undone';
import type { Queryable } from '../database/db';
import { some } from '../database/some';
import { isOfFile } from '../runs/lines';
import { dueJson } from '../sources/dueDays';
import { CODE_PAGE_ROWS, isGarbled } from './content/garbled';
import type { MatchInput } from './input';
import { OF_ALIAS } from './matching/match';

/**
 * Compares matched rows with their users, field by field. Leaves `compared(line, user_id, version,
 * external_id, record_hash, links, dangling, kept, kept_fields, protected, differs, left_out, status, why,
 * changes)`, a row for each matched one; `differs` is false for those that turn out unchanged.
 *
 * An opinion is a value, or a clear. Sticky fields are kept, counted and named. A person that this source's
 * own absence deactivated counts as active when they are in the read again, and so does one that the days
 * of this source deactivated, when the days of the row include today.
 * `theirs_differ` counts the values that are left to sources with precedence.
 */
export async function compareRows(tx: Queryable, o: MatchInput): Promise<void> {
  const aliases = await some(tx, `select from claim where ${OF_ALIAS}`);
  await tx.query(`
    create temp table compared on commit drop as
    with code_page as (${CODE_PAGE_ROWS}), facts as (
      select w.line, w.user_id, w.external_id, w.record_hash, u.version,
        (w.matched_by <> 'identity' or w.by_alias) and w.external_id is not null as links,
        m.ref is not null and m.user_id is null
          or w.manager_ref in (select ref from mgr_key where found) as dangling,
        ${HELD.map((column) => `u.${column} as u_${column}`).join(', ')},
        ${SAID.map((column) => `s.${column} as s_${column}`).join(', ')}, m.user_id as manager, ${STATUS} as status_said,
        coalesce(s.status_by, back.why) as status_why,
        ${o.keepsDays ? DUE_CHANGE : ''}
        ${FIELDS.map((f) => `${differs(f)}${aliases ? unlessAlias(f) : ''} as d_${f.column}`).join(',\n        ')},
        ${FIELDS.map((f) => `${sticky(f)} as k_${f.column}`).join(',\n        ')},
        ${LOGIN} as login_said, case when w.follows then w.login_key else s.login_key end as login_key_said,
        w.follows,
        ${o.mastered ? `coalesce(lt.fields, '{}')` : `'{}'::text[]`} as theirs,
        properties.*
      from work w
      join staged_row s on s.run_id = '${o.runId}' and s.line = w.line
      join "user" u on u.id = w.user_id
      left join mgr m on m.ref = w.manager_ref
      ${o.mastered ? 'left join left_to lt on lt.user_id = w.user_id' : ''}
      left join lateral (${back(o)}) back on true
      ${o.keepsDays ? dueOf(o) : ''}
      left join lateral (${properties(o)}) properties on s.properties is not null or s.clears <> '{}'
      where w.problem is null and w.user_id is not null
      -- Keeps Postgres from computing each of these again wherever it is named below.
      offset 0
    ), allowed as (
      select *, ${FIELDS.map((f) => `d_${f.column} and not k_${f.column}${mode(f, o)}${ours(f, o)} as c_${f.column}`).join(',\n        ')},
        ${FIELDS.map((f) => `(d_${f.column} and k_${f.column})::int`).join(' + ')}
          + coalesce(properties_kept, 0) as kept,
        ${
          o.mastered
            ? `${FIELDS.map((f) => `(d_${f.column} and '${f.name}' = any(theirs))::int`).join(' + ')}
          + coalesce(properties_theirs, 0)`
            : '0'
        } as theirs_differ
      from facts
    )
    select line, user_id, external_id, record_hash, version, links, dangling, theirs_differ,
      kept, case when kept > 0 then jsonb_strip_nulls(jsonb_build_object(
        ${FIELDS.map((f) => pair(f.name, `d_${f.column} and k_${f.column}`, `u_${f.column}`, said(f))).join(',\n        ')}
      )) || coalesce(properties_said, '{}') end as kept_fields,
      d_status and status_said = 'inactive' and u_protected as protected,
      ${FIELDS.map((f) => `c_${f.column}`).join(' or ')} or properties_changed is not null
        ${o.keepsDays ? 'or due_change is not null' : ''} as differs,
      ${o.update === 'off' ? LEFT_OUT : 'false'} as left_out,
      case when c_status then status_said end as status, case when c_status then status_why end as why,
      jsonb_strip_nulls(jsonb_build_object(
        ${FIELDS.flatMap(change).join(',\n        ')}
      )) || coalesce(properties_changed, '{}')
        ${o.keepsDays ? `|| case when due_change is null then '{}' else jsonb_build_object('due', due_change) end` : ''} as changes
    from allowed`);
}

interface Column {
  readonly name: UserField;
  readonly column: string;
  readonly given: string;
  readonly held: string;
}

/** What the row says about the status, or implies by being in the read. */
const STATUS = 'coalesce(s.status, back.status)';

/** What the row says about the login, or gives it as the new e-mail (`matching/logins.ts`). */
const LOGIN = `case when w.follows then coalesce(s.email, s.code) else s.login end`;

const GIVEN: Readonly<Partial<Record<UserField, string>>> = {
  login: LOGIN,
  manager: 'm.user_id',
  status: STATUS,
};

const FIELDS: readonly Column[] = USER_FIELD_NAMES.map((name) => {
  const { column } = USER_FIELDS[name];
  return { name, column, given: GIVEN[name] ?? `s.${column}`, held: `u.${column}` };
});

/**
 * What is compared of the user and of the row. Column by column: with the rows as a whole, Postgres builds
 * one of every user and of every row of the read, before it joins them.
 */
const HELD = [
  ...FIELDS.map(({ column }) => column),
  ...['login_key', 'email_key', 'login_own', 'protected', 'deactivated_at', 'deactivated_reason'],
];
const SAID = [
  ...FIELDS.flatMap(({ given, column }) => (given === `s.${column}` ? [column] : [])),
  'email_key',
];

/**
 * Back in a read of the source whose absence deactivated them, or with days that include today again:
 * `active`, while that deactivation is still in force. Does not apply to a row of an earlier read that is
 * only planned again. Likewise for people of this source whose creation was undone: their next row creates
 * them again, so to speak. A person who was made inactive before their first day, in a row without a number,
 * has no identity that remembers it, also where the row of today has one: they were created so by this source.
 */
const back = (o: MatchInput): string => `
  select 'active'::user_status as status, why from (
    select case when i.left_at = u.deactivated_at then 'returned' else 'days_include_today' end as why
    from identity i
    where i.source_id = '${o.sourceId}' and i.user_id = u.id and (i.left_at = u.deactivated_at
      or i.ended_at = u.deactivated_at and (${String(o.daysWhole)}
        or s.days_known = 'both' or s.days_known = case i.ended_by
          when 'after_last_day' then 'last' else 'first' end))
    union all
    select 'days_include_today' from run made
    where s.days_known in ('first', 'both')
      and u.deactivated_reason = 'before_first_day' and u.deactivated_at = u.created_at
      and made.id = u.created_run_id and made.source_id = '${o.sourceId}'
      and (w.external_id is null or not exists (select from identity i
        where i.source_id = '${o.sourceId}' and i.user_id = u.id))
    union all
    select '${UNDONE_CREATION}' from run made
    where u.deactivated_reason = '${UNDONE_CREATION}'
      and made.id = u.created_run_id and made.source_id = '${o.sourceId}'
  ) stands
  where u.status = 'inactive' and s.status is null and ${isOfFile('w.line')}
  limit 1`;

/**
 * What the identity of a row is due for after this read: the days ahead that the row knows replace those
 * that it had, day by day. `null` where that is nothing new.
 */
const DUE_CHANGE = `case when due.before is distinct from due.after
          then jsonb_build_array(due.before, due.after) end as due_change,`;

const dueOf = (o: MatchInput): string => `left join lateral (
        with had as (
          select i.due_on, i.due_zone, i.due_status, i.due_then from identity i
          where i.source_id = '${o.sourceId}' and i.external_id = w.external_id
        ), said as (
          select case when s.days_known <> 'last' then
              case when s.due_status is null then s.due_on end
            else case when had.due_status is distinct from 'inactive' then had.due_on end end as first,
            case when s.days_known <> 'first' then
              case when s.due_status = 'inactive' then s.due_on else s.due_then end
            else case when had.due_status = 'inactive' then had.due_on else had.due_then end end as last,
            case when s.due_on is not null then s.due_zone else had.due_zone end as zone,
            had.*
          from (select) one left join had on true
        )
        select ${dueJson({ id: 'w.external_id', on: 'due_on', zone: 'due_zone', status: 'due_status', then: 'due_then' })} as before,
          ${dueJson({
            id: 'w.external_id',
            on: 'coalesce(first, last)',
            zone: 'zone',
            status: `case when first is null and last is not null then 'inactive'::user_status end`,
            then: 'case when last > first then last end',
          })} as after
        from said where w.external_id is not null and s.days_known is not null
      ) due on true`;

function differs(f: Column): string {
  const lost = isNameField(f.name) ? ` and not ${lettersLost(f)}` : '';
  const fits = USER_FIELDS[f.name].kind === 'text' ? `${lost} and not ${isGarbled(f)}` : '';
  return `(${f.given} is not null and ${f.given} is distinct from ${f.held}${fits}
          or coalesce('${f.name}' = any(s.clears), false) and ${f.held} is not null)`;
}

/** A key that an absorbed account of the person has finds the person already: the survivor keeps its own. */
function unlessAlias(f: Column): string {
  if (USER_FIELDS[f.name].kind !== 'key') return '';
  return ` and not exists (select from claim where claim.line = w.line and k = '${f.name}'
          and survivor = w.user_id and ${OF_ALIAS})`;
}

/** SQL: the name is the one that is known, with question marks for letters (`M?ller`). */
function lettersLost({ given, held }: Column): string {
  const like = [
    ['\\', '\\\\'],
    ['%', '\\%'],
    ['_', '\\_'],
    ['?', '_'],
  ].reduce((text, [from, to]) => `replace(${text}, '${from ?? ''}', '${to ?? ''}')`, given);
  return `coalesce(case when position('?' in ${given}) > 0 then ${held} like ${like} end, false)`;
}

/** Kept by hand; a protected person is never deactivated by a source. */
function sticky(f: Column): string {
  const kept = `'${f.name}' = any(u.sticky)`;
  return f.name === 'status' ? `(${kept} or u.protected and s.status = 'inactive')` : `(${kept})`;
}

function mode(f: Column, o: MatchInput): string {
  if (o.update === 'all') return '';
  return o.update === 'fill' ? ` and u_${f.column} is null` : ' and false';
}

/** Not where a source with precedence has an opinion. */
function ours(f: Column, o: MatchInput): string {
  return o.mastered ? ` and not '${f.name}' = any(theirs)` : '';
}

/**
 * `'field', [old, new]` for an object of pairs; null, which is stripped, when the condition is false.
 */
function pair(name: string, when: string, old: string, next: string): string {
  return `'${name}', case when ${when} then jsonb_build_array(${old}, ${next}) end`;
}

/** The row's value of a field, with references resolved. */
function said(f: Column): string {
  switch (f.name) {
    case 'manager':
      return 'manager';
    case 'status':
      return 'status_said';
    case 'login':
      return 'login_said';
    default:
      return `s_${f.column}`;
  }
}

/** SQL: the row lost the login to another row; what was its own is no more. */
const LOGIN_YIELDS = `exists (select from yields y where y.line = allowed.line and y.k = 'login')`;

/** A login that a row gives, or takes away, is one of its own. */
const LOGIN_OWN = pair(
  'loginOwn',
  `c_login and not follows and u_login_own = ${LOGIN_YIELDS}`,
  'u_login_own',
  'not u_login_own',
);

/** The pairs `'field', [old, new]` of one field, null when it doesn't change. */
function change(f: Column): string[] {
  const own = pair(f.name, `c_${f.column}`, `u_${f.column}`, said(f));
  switch (f.name) {
    case 'login':
    case 'email': {
      const key = `${f.column}_key`;
      const next = f.name === 'login' ? 'login_key_said' : `s_${key}`;
      return [
        own,
        pair(
          `${f.name}Key`,
          `c_${f.column} and ${next} is distinct from u_${key}`,
          `u_${key}`,
          next,
        ),
        ...(f.name === 'login' ? [LOGIN_OWN] : []),
      ];
    }
    case 'status':
      return [
        own,
        pair(
          'deactivatedAt',
          `c_status and status_said = 'active' and u_deactivated_at is not null`,
          'u_deactivated_at',
          'null::timestamptz',
        ),
        pair(
          'deactivatedReason',
          `c_status and status_said = 'active' and u_deactivated_reason is not null`,
          'u_deactivated_reason',
          'null::text',
        ),
      ];
    default:
      return [own];
  }
}

/** The row has a value that the run may not write. */
const LEFT_OUT = [
  ...FIELDS.map((f) => `d_${f.column} and not k_${f.column}`),
  'coalesce(properties_open, false)',
].join(' or ');

/** Custom properties: a JSON null in the row clears, as does the property's name in `clears`. */
const properties = (o: MatchInput): string => `
  select jsonb_object_agg('properties.' || p.key,
      jsonb_build_array(coalesce(u.properties -> p.key, 'null'), p.value))
      filter (where not p.kept and not p.theirs
        ${o.update === 'all' ? '' : o.update === 'fill' ? 'and u.properties -> p.key is null' : 'and false'})
      as properties_changed,
    jsonb_object_agg('properties.' || p.key,
      jsonb_build_array(coalesce(u.properties -> p.key, 'null'), p.value)) filter (where p.kept)
      as properties_said,
    count(*) filter (where p.kept)::int as properties_kept,
    count(*) filter (where p.theirs)::int as properties_theirs, bool_or(not p.kept) as properties_open
  from (
    select said.key, said.value, 'properties.' || said.key = any(u.sticky) as kept,
      ${o.mastered ? `coalesce('properties.' || said.key = any(lt.fields), false)` : 'false'} as theirs
    from (
      select key, value from jsonb_each(s.properties)
      union all
      select substr(field, 12), 'null' from unnest(s.clears) field where field like 'properties.%'
    ) said
  ) p
  where p.value is distinct from coalesce(u.properties -> p.key, 'null')
    and not ${isGarbled({ given: `(p.value #>> '{}')`, held: `(u.properties ->> p.key)` })}`;
