import { READ_KINDS } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { isOfFile, SAID_BEFORE, messageCode, nextNumber } from '../runs/lines';
import type { MatchInput } from './input';
import { newUserId } from './managers';
import { fixed } from './mastering';

/**
 * A retry may bring a person that others named as their manager before. What this source last said about
 * their manager is planned again, as rows of this run that say nothing else.
 *
 * "Last said" means: by the rows that went through in the corrected run and in all later runs of the source.
 * A manager who was known when the corrected run was planned is not searched: that manager was set then.
 */
export async function readWaiting(
  tx: Queryable,
  o: MatchInput & { readonly retryOfId: string },
): Promise<void> {
  if (o.update === 'off') return;
  await tx.query(COMER(o));
  const { rowCount } = await tx.query(WAITING(o));
  if ((rowCount ?? 0) === 0) return;
  await tx.query(`
    insert into work (line, external_id, record_hash, manager_ref, user_id, matched_by, alias,
      clears_key, by_alias)
    select s.line, s.external_id, s.record_hash, s.manager_ref, i.user_id, 'identity', false, false,
      false
    from staged_row s join identity i on i.source_id = '${o.sourceId}' and i.external_id = s.external_id
    where s.run_id = '${o.runId}' and not ${isOfFile('s.line')}`);
  await tx.query(`update run set rows = rows + $2 where id = $1`, [o.runId, rowCount]);
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select id, ${nextNumber(o.runId)} + 1, null, coalesce(headers ->> 'manager', 'manager'),
       ${messageCode('managers_came')}, jsonb_build_object('people', $2::int)
     from run where id = $1`,
    [o.runId, rowCount],
  );
}

const ROOT = (retryOfId: string): string => `
  with recursive up as (
    select id, retry_of_id, planned_at from run where id = '${retryOfId}'
    union all
    select r.id, r.retry_of_id, r.planned_at from up join run r on r.id = up.retry_of_id
  ), root as (select id, planned_at from up where retry_of_id is null)`;

/** People that the source knows by this read, and did not when the corrected run was planned. */
const COMER = (o: MatchInput & { readonly retryOfId: string }): string => `
  create temp table comer on commit drop as
  ${ROOT(o.retryOfId)}
  select distinct on (ref) ref, target from (
    select n.ref, coalesce(w.external_id, w.code, n.ref) as number,
      coalesce(w.user_id, ${newUserId('w.line', o.idPrefix)}) as target
    from work w
    join staged_row s on s.run_id = '${o.runId}' and s.line = w.line
    cross join lateral unnest(array[coalesce(w.external_id, w.code), s.email, s.email_key, s.login,
      s.login_key]) n(ref)
    where w.problem is null and (w.user_id is not null and w.external_id is not null
      or w.user_id is null and ${String(o.create)})
  ) known, root
  where ref is not null and not exists (select from identity i
    where i.source_id = '${o.sourceId}' and i.external_id = number
      and (i.created_at <= root.planned_at or i.linked_run_id = root.id))
  order by ref, target`;

const WAITING = (o: MatchInput & { readonly retryOfId: string }): string => `
  ${ROOT(o.retryOfId)}, told as (
    select r.id from run r, root
    where r.source_id = '${o.sourceId}' and r.kind in ${sqlList(READ_KINDS)} and r.id >= root.id
      and r.id <> '${o.runId}' and r.approved_at is not null
  ), asked as (
    select distinct s.external_id
    from told t join staged_row s on s.run_id = t.id join comer c on c.ref = s.manager_ref
    where s.faults is null and s.external_id is not null
  ), last_said as (
    select distinct on (s.external_id) s.external_id, s.manager_ref
    from told t join staged_row s on s.run_id = t.id join asked using (external_id)
    where s.faults is null and (s.manager_ref is not null or 'manager' = any(s.clears))
      and not exists (select from plan_entry p
        where p.run_id = s.run_id and p.line = s.line and p.action <> 'create'
          and (p.action in ('error', 'conflict') or p.decided < 1))
    order by s.external_id, s.run_id desc, s.line
  ), waiting as (
    select distinct on (u.id) l.external_id, l.manager_ref
    from last_said l
    join comer c on c.ref = l.manager_ref
    join identity i on i.source_id = '${o.sourceId}' and i.external_id = l.external_id
    join "user" u on u.id = i.user_id and u.status <> 'merged'
    where u.manager_id is distinct from c.target and not 'manager' = any(${fixed(o)})
      ${o.update === 'fill' ? 'and u.manager_id is null' : ''}
      and not exists (select from work w where w.user_id = u.id)
      and not exists (select from staged_row own
        where own.run_id = '${o.runId}' and own.external_id = l.external_id)
    order by u.id, l.external_id
  )
  insert into staged_row (run_id, line, external_id, manager_ref)
  select '${o.runId}', ${String(SAID_BEFORE)} + row_number() over (order by external_id), external_id,
    manager_ref
  from waiting`;
