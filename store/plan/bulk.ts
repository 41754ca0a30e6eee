import type { Queryable } from '../database/db';
import type { PlanInput } from './planner';

/**
 * Plans a change of chosen users: `staged_row.external_id` holds their ids. A bulk change makes its fields
 * sticky, as an edit by hand does, even where the value was the same already. People who left the scope since
 * they were chosen are skipped.
 */
export async function planBulk(
  tx: Queryable,
  { run, scope }: Pick<PlanInput, 'run' | 'scope'>,
): Promise<void> {
  const { change, reason } = run.options;
  if (typeof change !== 'object' || change === null) throw new Error('a bulk run without a change');
  const status = 'status' in change && typeof change.status === 'string' ? change.status : null;
  const assigns = 'organizationId' in change;
  const organization =
    assigns && typeof change.organizationId === 'string' ? change.organizationId : null;
  await tx.query(
    `with chosen as (
       select s.line, u.*, $2::text::user_status as new_status,
         $2::text is not null and u.status::text <> $2::text as c_status,
         $3::boolean and u.organization_id is distinct from $4::uuid as c_organization,
         $7::uuid[] is not null and not coalesce(u.organization_id = any ($7), false) as outside
       from staged_row s
       join "user" c on c.id = s.external_id::uuid
       join "user" u on u.id = coalesce(c.merged_into_id, c.id)
       where s.run_id = $1
     ), one as (
       select distinct on (id) * from chosen order by id, line
     ), entry as (
       select line, id, version,
         case when c_status and new_status = 'inactive' then 'deactivate'
           when c_status then 'reactivate' else 'update' end as action,
         jsonb_strip_nulls(jsonb_build_object(
           'status', case when c_status then jsonb_build_array(status, new_status) end,
           'deactivatedAt', case when c_status and new_status = 'active' and deactivated_at is not null
             then jsonb_build_array(deactivated_at, null::timestamptz) end,
           'deactivatedReason', case
             when c_status and new_status = 'active' and deactivated_reason is not null
             then jsonb_build_array(deactivated_reason, null::text)
             when c_status and new_status = 'inactive' and $6::text is not null
             then jsonb_build_array(deactivated_reason, $6::text) end,
           'organization', case when c_organization
             then jsonb_build_array(organization_id, $4::uuid) end,
           'sticky', case when not sticky @> $5::text[] then jsonb_build_array(to_jsonb(sticky),
             to_jsonb(array(select distinct f from unnest(sticky || $5::text[]) f order by f))) end
         )) as changes
       from one where not outside and (c_status or c_organization or not sticky @> $5::text[])
     ), seconds as (
       select c.line, c.id from chosen c where not exists (select from one o where o.line = c.line)
     ), told as (
       select line, id, version, action, null as reason, changes, 0 as last from entry
       union all
       select line, id, null, 'skip', 'out_of_reach', null, 1 from one where outside
       union all
       select line, id, null, 'duplicate', 'chosen_twice', null, 1 from seconds
     )
     insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version, changes)
     select $1, row_number() over (order by last, line), line, action::plan_action, 'none', reason, id,
       version, changes
     from told`,
    [
      run.runId,
      status,
      assigns,
      organization,
      [...(status === null ? [] : ['status']), ...(assigns ? ['organization'] : [])],
      typeof reason === 'string' ? reason : null,
      scope.kind === 'all' ? null : scope.ids,
    ],
  );
}
