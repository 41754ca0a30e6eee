import { NEVER_FILLED } from '../../domain/merges/rules';
import { USER_FIELDS, USER_FIELD_NAMES, type UserField } from '../../domain/users/fields';
import { sqlList } from '../database/sqlList';

/** Columns that go with a field's own one. */
const WITH: Readonly<Partial<Record<UserField, readonly string[]>>> = {
  login: ['login_key', 'login_own'],
  email: ['email_key'],
  status: ['deactivated_at', 'deactivated_reason'],
};

/** The columns of a field, its own one first. */
function columnsOf(field: UserField): readonly string[] {
  return [USER_FIELDS[field].column, ...(WITH[field] ?? [])];
}

const KEYS = USER_FIELD_NAMES.filter((field) => USER_FIELDS[field].kind === 'key');
/** Columns by which a person is found: those of the two users are swapped, so that both go on finding the person. */
export const KEY_COLUMNS = KEYS.flatMap(columnsOf);

/** SQL: each column of each field; `first`: the field's own one, `of_key`: it is swapped. */
const FIELDS = `(values ${USER_FIELD_NAMES.flatMap((field) =>
  columnsOf(field).map(
    (column) =>
      `('${field}', '${USER_FIELDS[field].column}', '${column}', ${String(KEY_COLUMNS.includes(column))})`,
  ),
).join(', ')}) f(name, first, col, of_key)`;

/**
 * SQL: ends a lateral subquery whose columns are computed once for each row. Without it the planner puts the
 * expression wherever the column is read: the two rows as jsonb were made a hundred times for each pair.
 */
export const ONCE = 'offset 0';

/** SQL: the choice of a name, by the alias of the pair: `survivor`, `redundant` or null. */
const choice = (pair: string, name: string): string => `(${pair}.take ->> ${name})`;

/**
 * SQL: for each pair of `from` (with `survivor`, `absorbed` and `take`), what the merge writes into the two
 * users: its columns, and
 *
 * - `survivor_patch`, `absorbed_patch`: {column: new value}, by the names of the database;
 * - `survivor_row`, `absorbed_row`: both users as they are.
 *
 * The survivor's value wins unless there is none. A field that is taken from the absorbed account is set by
 * hand from then on; one that is filled because it was empty is so if it was there. A survivor's field that a
 * person set to empty stays empty.
 */
export function patches(from: string): string {
  return `
    select p.*, r.survivor_row, r.absorbed_row, x.survivor_patch, y.absorbed_patch
    from ${from} p
    join "user" s on s.id = p.survivor
    join "user" a on a.id = p.absorbed
    cross join lateral (select to_jsonb(s) as survivor_row, to_jsonb(a) as absorbed_row ${ONCE}) r
    cross join lateral (select ${OWN_MANAGER('s')} as survivors, ${OWN_MANAGER('a')} as absorbeds ${ONCE}) own
    cross join lateral (
      select coalesce(array_agg(f.name) filter (where f.col = f.first and not ${TAKEN}), '{}') as filled,
        coalesce(jsonb_object_agg(f.col, r.absorbed_row -> f.col), '{}') as theirs,
        coalesce(jsonb_object_agg(f.col, r.survivor_row -> f.col) filter (where f.of_key), '{}') as ours
      from ${FIELDS}
      where (${TAKEN} or ${FILLED}) and r.survivor_row -> f.col is distinct from r.absorbed_row -> f.col
    ) field
    left join lateral (${PROPERTIES}) prop on true
    cross join lateral (${STICKY} ${ONCE}) stick
    cross join lateral (
      select field.theirs
        || case when own.survivors and not field.theirs ? 'manager_id' then '{"manager_id": null}'::jsonb
          else '{}' end
        || case when prop.merged <> s.properties then jsonb_build_object('properties', prop.merged)
          else '{}' end
        || case when stick.merged <> s.sticky then jsonb_build_object('sticky', to_jsonb(stick.merged))
          else '{}' end
        || case when a.protected and not s.protected then '{"protected": true}'::jsonb else '{}' end
        as survivor_patch ${ONCE}
    ) x
    cross join lateral (
      select jsonb_build_object('status', 'merged', 'merged_into_id', s.id) || field.ours as absorbed_patch ${ONCE}
    ) y`;
}

/** The manager of a user (its alias) is one of the pair's two people. */
const OWN_MANAGER = (user: string): string => `coalesce((
      select coalesce(m.merged_into_id, m.id) in (p.survivor, p.absorbed) from "user" m
      where m.id = ${user}.manager_id), false)`;

/**
 * Chosen from the absorbed account; or the login that is the survivor's e-mail, where the e-mail is chosen and
 * the absorbed account's login is its e-mail.
 */
const TAKEN = `(p.take <> '{}' and (${choice('p', 'f.name')} = 'redundant' and not (f.name = 'manager' and own.absorbeds)
          or f.name = 'login' and ${choice('p', `'login'`)} is null and ${choice('p', `'email'`)} = 'redundant'
            and s.login_key = s.email_key and a.login_key = a.email_key and not s.login_own
            and not 'login' = any (s.sticky)) is true)`;

const FILLED = `(r.survivor_row -> f.first = 'null' and r.absorbed_row -> f.first <> 'null'
          and f.name not in ${sqlList(NEVER_FILLED)} and not f.name = any (s.sticky)
          and ${choice('p', 'f.name')} is distinct from 'survivor'
          and not (f.name = 'manager' and own.absorbeds))`;

/** The properties of the survivor afterwards, and those that were filled; no row where nothing can change. */
const PROPERTIES = `
      select coalesce(jsonb_object_agg(k.key, k.value) filter (where k.value is not null), '{}') as merged,
        coalesce(array_agg('properties.' || k.key) filter (where k.filled), '{}') as filled
      from (
        select key, case when t.choice = 'redundant' then a.properties -> key
            when s.properties ? key then s.properties -> key
            when t.choice is null and not t.name = any (s.sticky) then a.properties -> key end as value,
          t.choice is null and not s.properties ? key and not t.name = any (s.sticky) as filled
        from jsonb_object_keys(s.properties || a.properties) key
        cross join lateral (select 'properties.' || key as name, ${choice('p', `'properties.' || key`)} as choice) t
      ) k
      having a.properties <> '{}' or p.take <> '{}'`;

/** Fields set by hand: the survivor's, those chosen, and those filled that were so before. */
const STICKY = `
      select case when p.take = '{}' and a.sticky = '{}' then s.sticky else array(
        select distinct f from unnest(s.sticky
          || array(select t.key from jsonb_each_text(p.take) t where t.value = 'redundant'
            and (t.key in ${sqlList(USER_FIELD_NAMES)} or t.key like 'properties.%'))
          || array(select k from unnest(field.filled || coalesce(prop.filled, '{}')) k where k = any (a.sticky))) f
        order by f) end as merged`;

/** SQL: the columns of `patch` as they are in `row` (both jsonb). */
export function sameColumns(patch: string, row: string): string {
  return `(select coalesce(jsonb_object_agg(k, ${row} -> k), '{}') from jsonb_object_keys(${patch}) k)`;
}
