import type { RowFaultCode } from '../../../domain/files/rowFaults';
import type { Queryable } from '../../database/db';
import { some } from '../../database/some';

/**
 * Rows that would put a person into an archived organization, or give one a value of an archived property,
 * become rows in error; those that say what the person has already go through. Called once the rows are
 * compared. Costs one look where nothing is archived.
 */
export async function refuseArchived(
  tx: Queryable,
  o: { readonly runId: string; readonly create: boolean; readonly polled: boolean },
): Promise<void> {
  if (!(await some(tx, ARCHIVED))) return;
  await tx.query(REFUSE(o), [o.runId]);
}

const ARCHIVED = `
  select from organization where archived_at is not null
  union all
  select from property_definition where archived_at is not null`;

const REFUSE = ({
  create,
  polled,
}: {
  readonly create: boolean;
  readonly polled: boolean;
}): string => `
  with organizations as (
    select id, code from organization where archived_at is not null
  ), properties as (
    select key, 'properties.' || key as field from property_definition where archived_at is not null
  ), told as (
    select c.line, 'organization' as field, ${code('archived_organization')} as code, o.code as value
    from compared c join organizations o on o.id = (c.changes -> 'organization' ->> 1)::uuid
    union all
    select c.line, p.field, ${code('archived_property')}, p.key
    from compared c join properties p on c.changes -> p.field -> 1 <> 'null'
    union all
    select w.line, 'organization', ${code('archived_organization')}, o.code
    from ${NEW} join organizations o on o.id = s.organization_id
    where w.user_id is null and ${String(create)}
    union all
    select w.line, p.field, ${code('archived_property')}, p.key
    from ${NEW} join properties p on s.properties -> p.key <> 'null'
    where w.user_id is null and ${String(create)}
  ), faulty as (
    select t.line, jsonb_agg(jsonb_build_array(coalesce(r.headers ->> t.field, t.field), t.code, null,
      jsonb_build_object('value', left(t.value, 62)) || '${polled ? '{"polled": true}' : '{}'}')
      order by t.field) as faults
    from told t join work w on w.line = t.line and w.problem is null join run r on r.id = $1
    group by t.line
  ), unmatched as (
    delete from work w using faulty f where f.line = w.line
  ), uncompared as (
    delete from compared c using faulty f where f.line = c.line
  )
  update staged_row s set faults = f.faults from faulty f where s.run_id = $1 and s.line = f.line`;

const NEW = `work w join staged_row s on s.run_id = $1 and s.line = w.line`;

function code(name: RowFaultCode): string {
  return `'${name}'`;
}
