import { rowFault } from '../../domain/files/rowFaults';
import { stagedColumn } from '../../domain/files/staged';
import { userKey } from '../../domain/keys';
import { USER_FIELD_NAMES, isUserField, type FieldName } from '../../domain/users/fields';
import type { Tx } from '../database/db';
import { some } from '../database/some';

/** The name of the source's status for a removed person. */
export const REMOVED = 'removed';

/** SQL: true for a run (alias r) whose rows may hold only what changed. */
export const IN_PARTS = `(r.read_mode = 'changes' and coalesce((r.listing ->> 'partial')::boolean, false))`;

/** Where the key of a property begins in `properties.<key>`. */
const AFTER = String('properties.'.length + 1);

/** Staged columns that go with a field, beside its own. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  code: ['code_key'],
  login: ['login_key'],
  email: ['email_key'],
  status: ['status_by'],
  '#days': ['due_on', 'due_zone', 'due_status', 'due_then'],
};

interface Staged {
  readonly field: string;
  readonly column: string;
}

const FIELDS: readonly Staged[] = [
  ...USER_FIELD_NAMES.map((field) => ({ field, column: stagedColumn(field) })),
  // What a record says besides its fields; `#` is in no name of a field.
  { field: '#sourceStatus', column: 'source_status' },
  { field: '#mergedInto', column: 'merged_into' },
  { field: '#days', column: 'days_known' },
];

const COLUMNS = FIELDS.flatMap(({ field, column }) =>
  [column, ...(BESIDE[field] ?? [])].map((name) => ({ field, column: name })),
);

/** The columns of a staged row in which the rows of one person are laid over each other. */
export const LAID_OVER: readonly string[] = [
  ...COLUMNS.map(({ column }) => column),
  'clears',
  'properties',
  'faults',
  'aliases',
];
/** A status says what its days come to, too. */
const SAYS: Readonly<Record<string, string>> = {
  '#days': 'coalesce(p.days_known, p.status::text)',
};

const SAID = FIELDS.map(
  ({ field, column }) =>
    `case when ${SAYS[field] ?? `p.${column}`} is not null then '${field}' end`,
);

const TAKEN = COLUMNS.map(
  ({ field, column }) =>
    `(array_agg(p.${column}) filter (where w.field = '${field}'))[1] as ${column}`,
);

const SET = COLUMNS.map(({ column }) =>
  column === 'code_key'
    ? `code_key = case when m.login is null and m.email is null then m.code_key end`
    : `${column} = m.${column}`,
);

/**
 * Gives the last row of each person what all of the person's rows say together: for each field the
 * last opinion (a value, a clear, or a value that cannot be read). What was said before a removal
 * does not count. A value that is required is missing only where no row has it. The rows before the
 * last one are left.
 */
const LAY_OVER = `
  with several as (
    select external_id, max(line) as last,
      coalesce(max(line) filter (where source_status = '${REMOVED}' and status = 'inactive'), 0) as begin
    from staged_row where run_id = $1 and external_id is not null
    group by 1 having count(*) > 1
  ), part as materialized (
    select p.*, s.last from several s
    join staged_row p on p.run_id = $1 and p.external_id = s.external_id and p.line >= s.begin
  ), opinion as (
    select p.external_id, p.line, o.field, o.kind from part p cross join lateral (
      select f as field, 'value' as kind from unnest(array[${SAID.join(', ')}]) f where f is not null
      union all select 'properties.' || key, 'value' from jsonb_object_keys(p.properties) key
      union all select c, 'clear' from unnest(p.clears) c
      union all select f ->> 0, 'fault' from jsonb_array_elements(p.faults) f
        where f ->> 0 is not null and f ->> 1 <> 'missing_value'
    ) o
  ), winner as (
    select distinct on (external_id, field) external_id, field, line, kind
    from opinion order by external_id, field, line desc
  ), merged as (
    select p.external_id, p.last, ${TAKEN.join(', ')},
      array_agg(w.field order by w.field) filter (where w.kind = 'clear') as clears,
      jsonb_object_agg(substr(w.field, ${AFTER}), p.properties -> substr(w.field, ${AFTER}))
        filter (where w.kind = 'value' and w.field like 'properties.%') as properties
    from part p left join winner w on w.external_id = p.external_id and w.line = p.line
    group by 1, 2
  ), fault as (
    select p.external_id, jsonb_agg(distinct f) as faults
    from part p cross join lateral jsonb_array_elements(p.faults) f
    left join winner w on w.external_id = p.external_id and w.field = f ->> 0
    where case when f ->> 0 is null then p.line = p.last
      when f ->> 1 = 'missing_value' then w.kind is distinct from 'value'
      else w.line = p.line end
    group by 1
  ), alias as (
    select p.external_id, array_agg(distinct a order by a) as aliases
    from part p cross join lateral unnest(p.aliases) a group by 1
  )
  update staged_row s set ${SET.join(', ')}, clears = m.clears, properties = m.properties,
    faults = f.faults, aliases = a.aliases
  from merged m
  left join fault f on f.external_id = m.external_id
  left join alias a on a.external_id = m.external_id
  where s.run_id = $1 and s.line = m.last and s.external_id = m.external_id`;

/**
 * Leaves one row of each person: the last one, as it is or, where a source gives people in parts, as
 * all of them together (the same rule for records: domain/sources/parts). Returns how many rows went.
 */
export async function takeRepeated(
  tx: Tx,
  o: { readonly runId: string; readonly inParts: boolean },
): Promise<number> {
  const several = `select external_id, max(line) as last from staged_row
    where run_id = $1 and external_id is not null group by 1 having count(*) > 1`;
  // Mostly there are none; for 100,000 people this takes a tenth of a second.
  if (!(await some(tx, several, [o.runId]))) return 0;
  if (o.inParts) {
    await tx.query(LAY_OVER, [o.runId]);
    await keyCodes(tx, o.runId);
  }
  const { rowCount } = await tx.query(
    `delete from staged_row s using (${several}) twice
     where s.run_id = $1 and s.external_id = twice.external_id and s.line < twice.last`,
    [o.runId],
  );
  return rowCount ?? 0;
}

/**
 * Finds people without a value that is required, once all parts are known. Somebody known has given
 * it before: a part does not repeat it.
 */
export async function needField(
  tx: Tx,
  o: { readonly runId: string; readonly field: FieldName },
): Promise<void> {
  const [column, code, , facts] = rowFault(o.field, ['missing_value', {}]);
  const value = isUserField(o.field)
    ? `s.${stagedColumn(o.field)}`
    : `s.properties ->> substr($3, ${AFTER})`;
  await tx.query(
    `update staged_row s set faults = coalesce(s.faults, '[]') || $2::jsonb
     from run r
     where r.id = $1 and s.run_id = r.id and s.external_id is not null and ${value} is null
       and s.source_status is distinct from '${REMOVED}'
       and not exists (select from jsonb_array_elements(s.faults) f where f ->> 0 = $3)
       and (r.read_mode = 'full' or not exists (select from identity i
         where i.source_id = r.source_id and i.external_id = s.external_id))`,
    [o.runId, JSON.stringify([[column, code, null, facts]]), o.field],
  );
}

/** A code that lost its login and e-mail to a later part has no key yet: SQL cannot compute it. */
async function keyCodes(tx: Tx, runId: string): Promise<void> {
  const { rows } = await tx.query<{ line: number; code: string }>(
    `select s.line, s.code from staged_row s
     where s.run_id = $1 and s.code is not null and s.login is null and s.email is null
       and s.code_key is null`,
    [runId],
  );
  if (rows.length === 0) return;
  await tx.query(
    `update staged_row s set code_key = k.key
     from unnest($2::int[], $3::text[]) as k(line, key) where s.run_id = $1 and s.line = k.line`,
    [runId, rows.map(({ line }) => line), rows.map(({ code }) => userKey(code))],
  );
}
