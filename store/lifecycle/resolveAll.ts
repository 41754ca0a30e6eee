import { CHANGING_ACTIONS, GIVEN_UP_STATES } from '../../domain/runs/run';
import type { LeftOver } from '../../domain/runs/gates';
import type { ResolvedBy } from '../../domain/runs/resolvedBy';
import { STAGED_COLUMNS } from '../../domain/files/staged';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { GATED } from '../report/gated';
import { isUndone, settledOf } from '../report/sequels';
import { STAGED_TAIL } from '../reads/staging';
import { messageCode } from '../runs/lines';
import { remembering } from './rejections';

/** An entry whose row can be matched to the user without a further question. */
export interface Matchable {
  readonly entry: number;
  readonly line: number;
  readonly userId: string;
}

/**
 * SQL: nobody decided the entry p of run r. Of a run that is applied in part, these are the entries that were
 * kept held.
 */
const OPEN = `case when r.approved_at is null then p.decided is null else p.decided = 0 end`;

/** SQL: the pair p was linked, and each of these runs was undone or given up. */
const UNLINKED = `coalesce((
    select bool_and(f.state in ${sqlList(GIVEN_UP_STATES)} or ${isUndone('f')})
    from decision d join run f on f.id = (d.detail ->> 'followUp')::uuid
    where d.run_id = p.run_id and d.kind = 'resolve' and d.detail ->> 'by' = 'renumbered'
      and d.detail -> 'entries' @> to_jsonb(p.entry)), false)`;

/** SQL: pairs of the gate `renumbered` that nobody decided yet, or whose decision was undone. */
const PAIRS = `
  select p.entry, p.line, coalesce(u.merged_into_id, u.id) as user_id
  from run r
  join plan_entry p on p.run_id = r.id and ${GATED.renumbered} and (${OPEN} or ${UNLINKED})
  join "user" u on u.id = p.candidates[1]
  where r.id = $1 and cardinality(p.candidates) = 1
    -- A row in conflict may be about the same user and contradict the pair.
    and u.id not in (select unnest(q.candidates) from plan_entry q
      where q.run_id = r.id and q.action = 'conflict' and q.candidates is not null)`;

/**
 * SQL: conflicts whose user already has another number, where the row's e-mail is this user's, and the
 * last names do not differ. Those that an admin resolved are left out.
 */
const BY_EMAIL = `
  select p.entry, p.line, coalesce(u.merged_into_id, u.id) as user_id
  from plan_entry p
  join staged_row s on s.run_id = p.run_id and s.line = p.line and s.external_id is not null
  join "user" h on h.email_key = s.email_key
  join "user" u on u.id = coalesce(h.merged_into_id, h.id)
  where p.run_id = $1 and p.action = 'conflict' and p.reason = 'other_identity'
    and p.candidates = array[u.id]
    and coalesce(lower(s.last_name) = lower(u.last_name), true)
    and not exists (select from decision d
      left join run f on f.id = (d.detail ->> 'followUp')::uuid
      where d.run_id = p.run_id and d.kind = 'resolve'
        and (d.detail -> 'entry' = to_jsonb(p.entry) or d.detail -> 'entries' @> to_jsonb(p.entry))
        and (d.detail ->> 'as' = 'skip' or f.state in ('waiting', 'running', 'retrying', 'held')))
    and p.entry not in (select entry from (${settledOf('$1')}) s)`;

const CHOICES = { renumbered: PAIRS, email: BY_EMAIL } as const satisfies Record<
  ResolvedBy,
  string
>;

/**
 * SQL for the entries of run `$1` that can be matched at once. Leaves out users that two rows mean, and users
 * who are in the read under another number: an admin has to look at these.
 */
export function matchable(by: ResolvedBy): string {
  return `
    with choice as materialized (
      select c.*, count(*) over (partition by user_id) as rows from (${CHOICES[by]}) c
    ), present as (
      select i.user_id from choice c
      join "user" a on a.id = c.user_id or a.merged_into_id = c.user_id
      join identity i on i.user_id = a.id and i.source_id = (select source_id from run where id = $1)
      join staged_row s on s.run_id = $1 and s.external_id = i.external_id
    )
    select c.entry, c.line, c.user_id as "userId"
    from choice c
    join staged_row s on s.run_id = $1 and s.line = c.line
    where c.rows = 1 and c.user_id not in (select user_id from present)
      and not exists (select from plan_entry q where q.run_id = $1 and q.user_id = c.user_id
        and q.action <> 'create' and q.line is not null)
      and not exists (select from identity i
        where i.source_id = (select source_id from run where id = $1)
          and i.external_id = s.external_id)
    order by c.entry`;
}

export async function matchableEntries(
  tx: Queryable,
  o: { readonly runId: string; readonly by: ResolvedBy },
): Promise<Matchable[]> {
  const { rows } = await tx.query<Matchable>(matchable(o.by), [o.runId]);
  return rows;
}

/** How many entries of that sort nobody decided yet: pairs, or conflicts of any sort. */
export async function countOpen(
  tx: Queryable,
  o: { readonly runId: string; readonly by: ResolvedBy },
): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    o.by === 'renumbered'
      ? `select count(*)::int as n from run r
         join plan_entry p on p.run_id = r.id and ${GATED.renumbered}
           and (${OPEN} or ${UNLINKED}) where r.id = $1`
      : `select count(*)::int as n from plan_entry p
         where p.run_id = $1 and p.action = 'conflict'
           and p.entry not in (select entry from (${settledOf('$1')}) s)`,
    [o.runId],
  );
  return rows[0]?.n ?? 0;
}

/** Copies staged rows of another run into this run, which then counts as read. */
export async function stageCopies(
  tx: Queryable,
  o: { readonly from: string; readonly to: string; readonly lines: readonly number[] },
): Promise<void> {
  const columns = [...STAGED_COLUMNS, 'code_key', ...STAGED_TAIL].map((c) => `"${c}"`).join(', ');
  await tx.query(
    `insert into staged_row (run_id, ${columns})
     select $1, ${columns} from staged_row where run_id = $2 and line = any($3)`,
    [o.to, o.from, o.lines],
  );
  await tx.query(
    `update run set staged_at = now(), rows = $3,
       headers = (select headers from run where id = $2) where id = $1`,
    [o.to, o.from, o.lines.length],
  );
}

/**
 * Takes pairs out of a held plan: the creates, and the absences of their known numbers. New people whose
 * manager is the new person of a pair get the known user as manager.
 */
export async function takeOut(
  tx: Queryable,
  o: { readonly runId: string; readonly pairs: readonly Matchable[] },
): Promise<void> {
  const pairs = `unnest($2::int[], $3::uuid[]) as c(entry, user_id)`;
  const values = [o.runId, o.pairs.map(({ entry }) => entry), o.pairs.map(({ userId }) => userId)];
  await tx.query(
    `update plan_entry p set decided = -1 from ${pairs}
     where p.run_id = $1 and p.entry = c.entry`,
    values,
  );
  await tx.query(
    remembering(
      `update plan_entry p set decided = -1, reason = 'renumbered' from run r, ${pairs}
       where r.id = $1 and p.run_id = r.id and p.user_id = c.user_id and p.action = 'deactivate'
         and p.line is null and ${OPEN}
       returning p.*`,
    ),
    values,
  );
  const made = `${pairs} join plan_entry m on m.run_id = $1 and m.entry = c.entry`;
  await tx.query(
    `update plan_entry p set manager_id = c.user_id, manager_late = false from ${made}
     where p.run_id = $1 and p.action = 'create' and p.manager_id = m.user_id`,
    values,
  );
  await tx.query(
    `update plan_entry p set manager_late = false,
       changes = case when p.changes -> 'manager' ->> 0 = c.user_id::text then p.changes - 'manager'
         else jsonb_set(p.changes, '{manager,1}', to_jsonb(c.user_id)) end
     from ${made}
     where p.run_id = $1 and p.action <> 'create' and p.changes -> 'manager' ->> 1 = m.user_id::text`,
    values,
  );
  await tx.query(
    `update plan_entry p set decided = -1, reason = 'renumbered' from run r
     where r.id = $1 and p.run_id = r.id and p.action in ${sqlList(CHANGING_ACTIONS)}
       and p.changes = '{}' and not p.manager_late and ${OPEN}`,
    [o.runId],
  );
}

/** Notes in the message about these rows that people were linked. */
export async function noteLinked(
  tx: Queryable,
  o: {
    readonly runId: string;
    readonly by: ResolvedBy;
    readonly people: number;
    readonly followUp: string;
  },
): Promise<void> {
  const code = messageCode(o.by === 'email' ? 'known_by_email' : 'renumbered');
  await tx.query(
    `update run_message set facts = facts || jsonb_build_object('linkedBy', $2::text,
       'linked', $3::int + case when exists (select from run f
         where f.id = (facts ->> 'linkedBy')::uuid and not ${isUndone('f')})
         then coalesce((facts ->> 'linked')::int, 0) else 0 end)
     where run_id = $1 and code = ${code}`,
    [o.runId, o.followUp, o.people],
  );
}

/** What of a held plan nobody decided yet. */
export async function leftOver(tx: Queryable, runId: string): Promise<LeftOver> {
  const { rows } = await tx.query<LeftOver>(
    `select jsonb_build_object(${Object.entries(GATED)
      .map(([gate, counted]) => `'${gate}', count(*) filter (where ${counted})`)
      .join(', ')}) as counts,
       count(*)::int as changed,
       (count(*) filter (where p.action = 'deactivate' and p.line is null))::int
         as "absentDeactivated"
     from run r join plan_entry p on p.run_id = r.id and p.action in ${sqlList(CHANGING_ACTIONS)}
       and ${OPEN}
     where r.id = $1`,
    [runId],
  );
  return rows[0] ?? { counts: {}, changed: 0, absentDeactivated: 0 };
}

export async function setHeld(
  tx: Queryable,
  o: { readonly runId: string; readonly held: readonly object[] },
): Promise<void> {
  await tx.query(`update run set held = $2 where id = $1`, [o.runId, JSON.stringify(o.held)]);
}
