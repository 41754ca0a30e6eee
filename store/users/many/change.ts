import type { BulkOptions } from '../../../domain/runs/runOptions';
import { fieldValue } from '../fieldValue';
import type { Params } from '../params';

/**
 * SQL of a change of many users, over a user with the alias `u`: what it changes of that user. Used to plan the
 * change and to count beforehand, so that both say the same.
 */
export interface ManyChange {
  /** To be joined to `u`; gives the other columns what they need. */
  readonly join: string;
  /** The status changes. */
  readonly status: string;
  /** The organization changes. */
  readonly organization: string;
  /** `{field: [old, new]}` of the other fields that change; SQL null where none does. */
  readonly fields: string;
  /** The user would become their own manager, and keeps the manager that is set now. */
  readonly ownManager: string;
  /** The names of fields that count as set by hand afterwards, also where the value was the same. */
  readonly sticky: string;
  /** Anything changes, what is set by hand included. */
  readonly any: string;
}

/** See {@link ManyChange}. */
export function manyChange(change: BulkOptions['change'], params: Params): ManyChange {
  const { status, organizationId, fields = {} } = change;
  const others = Object.keys(fields);
  const names = params.add([
    ...(status === undefined ? [] : ['status']),
    ...(organizationId === undefined ? [] : ['organization']),
    ...others,
  ]);
  const manager = fields['manager'];
  const ownManager = typeof manager === 'string' ? `u.id = ${params.add(manager)}::uuid` : 'false';
  const sticky =
    ownManager === 'false'
      ? `${names}::text[]`
      : `case when ${ownManager} then array_remove(${names}::text[], 'manager') else ${names}::text[] end`;
  const sql = {
    join: others.length === 0 ? '' : changedFields(params.add(JSON.stringify(fields)), ownManager),
    status: status === undefined ? 'false' : `u.status::text <> ${params.add(status)}::text`,
    organization:
      organizationId === undefined
        ? 'false'
        : `u.organization_id is distinct from ${params.add(organizationId)}::uuid`,
    fields: others.length === 0 ? 'null::jsonb' : 'many.changed',
    ownManager,
    sticky,
  };
  const any = [sql.status, sql.organization, `not u.sticky @> (${sticky})`];
  if (others.length > 0) any.push('many.changed is not null');
  return { ...sql, any: any.join(' or ') };
}

/** A value as `jsonb` is equal where a number is written in another way. Links and days are never set so. */
function changedFields(fields: string, ownManager: string): string {
  const now = `coalesce(${fieldValue({ identity: 'null::jsonb', due: 'null::jsonb' })}, 'null')`;
  return `left join lateral (
      select jsonb_object_agg(e.key, jsonb_build_array(${now}, e.value)) as changed
      from jsonb_each(${fields}::jsonb) e
      where ${now} <> e.value and not (e.key = 'manager' and ${ownManager})
    ) many on true`;
}
