import type { BulkOptions } from '../../domain/runs/runOptions';
import type { Queryable } from '../database/db';
import { manyChange } from '../users/many/change';
import { Params } from '../users/params';
import type { PlanInput } from './planner';

/**
 * Plans a change of chosen users: `staged_row.external_id` holds their ids. A bulk change makes its fields
 * sticky, as an edit by hand does, even where the value was the same already. People who left the scope since
 * they were chosen are skipped. A person who would become their own manager keeps the manager (`own_manager`).
 */
export async function planBulk(
  tx: Queryable,
  { run, scope }: Pick<PlanInput, 'run' | 'scope'>,
): Promise<void> {
  const change = changeOf(run.options);
  const { reason } = run.options;
  const params = new Params();
  const runId = params.add(run.runId);
  const status = `${params.add(change.status ?? null)}::text`;
  const organization = `${params.add(change.organizationId ?? null)}::uuid`;
  const said = `${params.add(typeof reason === 'string' ? reason : null)}::text`;
  const reached = `${params.add(scope.kind === 'all' ? null : scope.ids)}::uuid[]`;
  const many = manyChange(change, params);
  await tx.query(
    `with chosen as (
       select s.line, u.*,
         ${reached} is not null and not coalesce(u.organization_id = any (${reached}), false) as outside
       from staged_row s
       join "user" c on c.id = s.external_id::uuid
       join "user" u on u.id = coalesce(c.merged_into_id, c.id)
       where s.run_id = ${runId}
     ), one as (
       select distinct on (id) * from chosen order by id, line
     ), judged as (
       select u.*, ${many.status} as c_status, ${many.organization} as c_organization,
         ${many.fields} as others, ${many.ownManager} as own_manager, ${many.sticky} as by_hand
       from one u ${many.join}
       where not outside
     ), entry as (
       select line, id, version,
         case when c_status and ${status} = 'inactive' then 'deactivate'
           when c_status then 'reactivate' else 'update' end as action,
         case when own_manager then 'own_manager' end as reason,
         jsonb_strip_nulls(jsonb_build_object(
           'status', case when c_status then jsonb_build_array(status, ${status}) end,
           'deactivatedAt', case when c_status and ${status} = 'active' and deactivated_at is not null
             then jsonb_build_array(deactivated_at, null::timestamptz) end,
           'deactivatedReason', case
             when c_status and ${status} = 'active' and deactivated_reason is not null
             then jsonb_build_array(deactivated_reason, null::text)
             when c_status and ${status} = 'inactive' and ${said} is not null
             then jsonb_build_array(deactivated_reason, ${said}) end,
           'organization', case when c_organization
             then jsonb_build_array(organization_id, ${organization}) end,
           'sticky', case when not sticky @> by_hand then jsonb_build_array(to_jsonb(sticky),
             to_jsonb(array(select distinct f from unnest(sticky || by_hand) f order by f))) end
         )) || coalesce(others, '{}') as changes
       from judged
       where c_status or c_organization or others is not null or not sticky @> by_hand
     ), seconds as (
       select c.line, c.id from chosen c where not exists (select from one o where o.line = c.line)
     ), told as (
       select line, id, version, action, reason, changes, 0 as last from entry
       union all
       select line, id, null, 'skip', 'own_manager', null, 1 from judged j
       where own_manager and not exists (select from entry e where e.line = j.line)
       union all
       select line, id, null, 'skip', 'out_of_reach', null, 1 from one where outside
       union all
       select line, id, null, 'duplicate', 'chosen_twice', null, 1 from seconds
     )
     insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, changes)
     select ${runId}, row_number() over (order by last, line), line, action::plan_action, 'none', reason, id,
       version, changes
     from told`,
    params.values,
  );
}

function changeOf({ change }: Readonly<Record<string, unknown>>): BulkOptions['change'] {
  if (typeof change !== 'object' || change === null) throw new Error('a bulk run without a change');
  const { status, organizationId, fields }: Readonly<Record<string, unknown>> = { ...change };
  return {
    ...(status === 'active' || status === 'inactive' ? { status } : {}),
    ...(organizationId === null || typeof organizationId === 'string' ? { organizationId } : {}),
    ...(typeof fields === 'object' && fields !== null
      ? { fields: Object.fromEntries(Object.entries<unknown>({ ...fields }).filter(isValue)) }
      : {}),
  };
}

function isValue(
  entry: readonly [string, unknown],
): entry is [string, string | number | boolean | null] {
  const [, value] = entry;
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
