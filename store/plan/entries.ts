import { GAVE_WAY } from '../../domain/runs/run';
import type { Queryable } from '../database/db';
import { sqlList } from '../database/sqlList';
import { lineOfFile } from '../runs/lines';
import type { MatchInput } from './input';
import { newUserId } from './managers';
import { fixed } from './mastering';
import { numberForm } from './matching/numberForm';
import {
  KEPT_FROM_ABSENCE,
  missedAgain,
  PRESENT_BY_KEYS,
  seenLately,
  stuckRows,
  UNNUMBERED,
} from './missing';

export interface EntriesInput extends MatchInput {
  /** Absent people of this source are deactivated after this many reads in a row; null: never. */
  readonly absence: number | null;
  /** People are known to be in this list who have no number in it. */
  readonly unnumbered: boolean;
  /** Days alone decided the status of some rows. */
  readonly decidesByDays: boolean;
}

/**
 * Writes the plan: an entry for every row or absent person that is not unchanged, or for whom something
 * is kept by hand, numbered in the order of application: key swaps, new managers, other new users,
 * changes, and last the entries that change nothing (errors, conflicts, duplicates, skips). Returns how
 * many people the plan creates. The order matters up to the new managers, to whom later entries refer.
 */
export async function writeEntries(
  tx: Queryable,
  o: EntriesInput,
): Promise<{ readonly created: number }> {
  await tx.query(HAND_OVER);
  const { rowCount: swaps } = await tx.query(changes(o, true));
  let [created, ordered] = [0, swaps ?? 0];
  if (o.create) {
    await tx.query(newManagers(o));
    created = (await tx.query(creates(o, true))).rowCount ?? 0;
    ordered += created;
    created += (await tx.query(creates(o, false))).rowCount ?? 0;
  }
  await tx.query('update run set ordered_through = $2 where id = $1', [o.runId, ordered]);
  await tx.query(changes(o, false));
  if (o.absence !== null) await tx.query(absent(o, o.absence));
  await tx.query(quiet(o));
  return { created };
}

const next = (o: MatchInput): string =>
  `(select coalesce(max(entry), 0) from plan_entry where run_id = '${o.runId}')`;

const INTO = `insert into plan_entry (run_id, entry, line, action, matched_by, reason, user_id, version,
    external_id, changes, candidates, manager_id, manager_late, hand_over, links, kept_by_hand, kept)`;

/** Changed rows that give up a key which another row of the plan takes. */
const HAND_OVER = `
  create temp table hand_over on commit drop as
  select distinct g.line
  from give g
  join work gw on gw.line = g.line and gw.problem is null
  join claim c on c.holder = g.user_id and (c.k = g.k or c.k = 'login_default' and g.k = 'login')
  join work w on w.line = c.line and w.problem is null`;

const changes = (o: EntriesInput, handOver: boolean): string => `
  ${INTO}
  select '${o.runId}', ${next(o)} + row_number() over (order by c.line), c.line,
    case when c.status = 'inactive' then 'deactivate' when c.status = 'active' then 'reactivate'
      else 'update' end::plan_action,
    w.matched_by, case when c.why is not null then c.why when c.links then 'linked'
      when exists (select from yields y where y.line = c.line and y.added) then 'yields'
      when ${lineOfFile('c.line')} is null then 'manager_came' when c.protected then 'protected'
      when c.changes - 'due' = '{}' then 'days_ahead' end, c.user_id, c.version, c.external_id,
    case when c.links
      then c.changes || jsonb_build_object('identity', jsonb_build_array(null, c.external_id))
      else c.changes end,
    null, null, ${handOver ? 'm.line is not null' : 'false'}, ${String(handOver)}, c.links, c.kept + c.theirs_differ,
    c.kept_fields
  from compared c join work w on w.line = c.line
  ${handOver ? `left join mgr m on m.ref = w.manager_ref and c.changes ? 'manager'` : ''}
  where w.problem is null and (c.differs or c.links)
    and ${handOver ? '' : 'not '}exists (select from hand_over h where h.line = c.line)`;

/** Deeper than any company's tree; below this depth, managers are set last, as in a cycle. */
const MAX_LEVELS = 30;

/**
 * Managers that this run creates, with their entries. They come first, and managers of managers before
 * them, so that each new person finds the row of their manager. (Set last instead, in another UPDATE of
 * every index, half of 50,000 managers took 3.5 s.)
 */
const newManagers = (o: EntriesInput): string => `
  create temp table new_manager on commit drop as
  with recursive fresh as materialized (
    select w.line, lead.line as leader
    from work w
    left join mgr m on m.ref = w.manager_ref
    left join work lead on lead.line = m.line and lead.user_id is null and lead.problem is null
    where w.user_id is null and w.problem is null
      and w.line in (select line from mgr where line is not null)
  ), level as (
    select line, 1 as depth from fresh where leader is null
    union all
    select f.line, l.depth + 1 from level l join fresh f on f.leader = l.line
    where l.depth < ${String(MAX_LEVELS)}
  )
  select f.line, ${next(o)} + row_number() over (order by l.depth, f.line) as entry
  from fresh f left join level l on l.line = f.line`;

/** A manager who comes later than the person they lead is set after all rows (`manager_late`). */
const creates = (o: EntriesInput, managers: boolean): string => `
  ${INTO}
  select '${o.runId}', ${managers ? 'own.entry' : `${next(o)} + row_number() over (order by w.line)`},
    w.line, 'create', 'none', ${o.decidesByDays ? 's.status_by' : 'null'}, ${newUserId('w.line', o.idPrefix)}, null, null, null, null,
    m.user_id, ${managers ? 'coalesce(lead.entry > own.entry, false)' : 'false'}, false,
    w.external_id is not null, 0, null
  from work w
  ${managers ? '' : 'left '}join new_manager own on own.line = w.line
  left join mgr m on m.ref = w.manager_ref
  ${o.decidesByDays ? `join staged_row s on s.run_id = '${o.runId}' and s.line = w.line` : ''}
  ${managers ? 'left join new_manager lead on lead.line = m.line' : ''}
  where w.user_id is null and w.problem is null ${managers ? '' : 'and own.line is null'}`;

/**
 * People that this source knows and who are in no row of the read. A row that did not go through also proves
 * the presence of its person, by any of its keys (the login is by default the e-mail, else the code) and by
 * its number in another writing: nobody is changed because of such a row.
 */
const absent = (o: EntriesInput, times: number): string => `
  with told as (
    select i.user_id from staged_row s
    join identity i on i.source_id = '${o.sourceId}' and i.external_id = s.external_id
    where s.run_id = '${o.runId}'
  ), ${stuckRows(o.runId)}, present as (
    select user_id as id from told
    union all
    select a.merged_into_id from "user" a
    where a.merged_into_id is not null and a.id in (select user_id from told)
    union all
    ${PRESENT_BY_KEYS}
  ), missing as (
    select i.external_id, u.id, u.version, u.protected, 'status' = any(u.sticky) as by_hand,
      ${KEPT_FROM_ABSENCE} as kept, 'status' = any(${fixed(o)}) as fixed
    from identity i join "user" u on u.id = i.user_id
    where i.source_id = '${o.sourceId}' and ${missedAgain(String(times))}
      and not exists (select from present p where p.id = u.id)
      ${times > 1 ? `and not ${seenLately({ sourceId: `'${o.sourceId}'`, times: String(times) })}` : ''}
  ), rewritten as (
    select i.user_id from identity i
    where i.source_id = '${o.sourceId}' and exists (select from stuck where external_id is not null)
      and ${numberForm('i.external_id')} in (
        select ${numberForm('external_id')} from stuck where external_id is not null)
  ), one as (
    -- The row of a person whose number changed its writing proves their presence, too. \`not in\` hashes
    -- these people; \`not exists\` looked through all numbers of a new source for each missing person.
    select distinct on (id) * from missing where id not in (select user_id from rewritten)
    order by id, external_id
  )
  ${INTO}
  select '${o.runId}'::uuid, ${next(o)} + row_number() over (order by fixed or protected, external_id),
    null::int,
    case when fixed or protected then 'skip' else 'deactivate' end::plan_action, 'identity'::matched_by,
    case when protected then 'protected' when by_hand then 'kept_by_hand'
      when fixed then 'other_source' else 'absent' end,
    id, version, external_id,
    case when not (fixed or protected) then '{"status": ["active", "inactive"]}'::jsonb end,
    null::uuid[], null::uuid, false, false, false, kept::int,
    case when kept then '{"status": ["active", "inactive"]}'::jsonb end
  from one ${o.unnumbered ? `union all ${cannotJudge(o)}` : ''}`;

/** People of this list who are not in the read and have no number by which it could miss them. */
const cannotJudge = (o: EntriesInput): string => `
  select '${o.runId}'::uuid, ${next(o)} + (select count(*) from one) + row_number() over (order by u.id),
    null::int,
    'skip'::plan_action, 'none'::matched_by, 'no_number', u.id, u.version, null, null, null, null,
    false, false, false, 0, null
  from ${UNNUMBERED(o.sourceId)} where not exists (select from present p where p.id = u.id)`;

/**
 * No conflict: the person was merged, here or at the source where this id was absorbed by another one; or
 * left after the file that a retry mends.
 */
const STAYS = `problem in ('merged_alias', 'merged_at_source', 'left_since')`;

const quiet = (o: EntriesInput): string => `
  with told as (
    select s.line, 'error' as action, s.faults -> 0 ->> 1 as reason, null::uuid as user_id,
      null::uuid[] as candidates, 'none' as matched_by, 0 as kept, null::jsonb as kept_fields
    from staged_row s where s.run_id = '${o.runId}' and s.faults is not null
    union all
    select d.line, case when d.conflict then 'conflict' when d.reason in ${sqlList(GAVE_WAY)} then 'skip'
      else 'duplicate' end, d.reason, null, null, 'none', 0, null
    from dup d
    where not exists (select from staged_row s
      where s.run_id = '${o.runId}' and s.line = d.line and s.faults is not null)
    union all
    select line, case when ${STAYS} then 'skip' else 'conflict' end, problem,
      case when ${STAYS} then user_id end, candidates, matched_by::text, 0,
      null
    from work where problem is not null
    union all
    select c.line, 'skip', 'update_off', c.user_id, null, w.matched_by::text, c.kept, c.kept_fields
    from compared c join work w on w.line = c.line
    where w.problem is null and c.left_out and not c.links
    union all
    select c.line, 'unchanged', case when c.protected then 'protected' else 'kept_by_hand' end, c.user_id, null, w.matched_by::text, c.kept,
      c.kept_fields
    from compared c join work w on w.line = c.line
    where w.problem is null and c.kept > 0 and not c.differs and not c.left_out and not c.links
    ${
      o.create
        ? ''
        : `union all
    select line, 'skip', 'create_off', null, null, 'none', 0, null
    from work where user_id is null and problem is null`
    }
  )
  ${INTO}
  select '${o.runId}', ${next(o)} + row_number() over (order by line), line, action::plan_action,
    matched_by::matched_by, reason, user_id, null, null, null, candidates, null, false, false, false, kept,
    kept_fields
  from told`;
