import type { Queryable } from '../database/db';
import { lineOfFile } from '../runs/lines';
import { nextNumber } from '../runs/lines';
import type { MatchInput } from './input';

/** Characters of a text of a file that a message repeats. */
const MOST_SHOWN = 60;

const shown = (text: string): string =>
  `'"' || case when length(${text}) > ${String(MOST_SHOWN)}
    then left(${text}, ${String(MOST_SHOWN - 1)}) || '…' else ${text} end || '"'`;

/** What the file calls the column of a field. */
const header = (field: string): string => `coalesce(r.headers ->> ${field}, ${field})`;

/**
 * Says in words why rows were not let through by matching, and the command that settles each; a row's
 * own faults stay with the row.
 */
export async function tellConflicts(tx: Queryable, runId: string): Promise<void> {
  const resolve = `'rollcall runs resolve ${runId} --entry ' || entry`;
  const each = `(select string_agg(${resolve} || ' --user ' || id, ' or ') from unnest(candidates) id)`;
  const offer = (
    less: string,
  ): string => `case when free then '${less}: ' || ${resolve} || ' --create'
    else ': give the row a code, login or e-mail that nobody has' || case when sync
      then ', at the source, and read it again: rollcall sources sync ' || source
      else ', and import it again' end end`;
  const [create, createWithout] = [offer(''), offer(', who goes without it')];
  const users = `array_to_string(candidates, ', ')`;
  await tx.query(`
    with named as (
      -- The key that somebody keeps; the login that an address or a code would give comes last.
      select c.line, coalesce(min(${header('c.k')}) filter (where c.k <> 'login_default'), 'login') as k,
        count(distinct c.k) filter (where c.k <> 'login_default') as keys
      from claim c
      join work w on w.line = c.line and (c.holder = any(w.candidates) or c.survivor = any(w.candidates))
      join run r on r.id = '${runId}'
      group by c.line
    ), free as (
      -- Rows with a key that nobody holds: somebody new can be made of them.
      select w.line from work w
      where w.problem in ('ambiguous', 'other_identity', 'key_taken') and (
        w.code is not null and not exists (select from "user" u where u.code = w.code)
        or w.login_key is not null and not exists (select from "user" u where u.login_key = w.login_key)
        or w.email_key is not null and not exists (select from "user" u where u.email_key = w.email_key))
    ), beside as (
      -- Another row that wants the same.
      select w.line, case when w.line = g.first_line then g.second_line else g.first_line end as other
      from ${TWIN} w join (
        select same, min(line) as first_line, (array_agg(line order by line))[2] as second_line
        from ${TWIN} t group by same
      ) g using (same)
    ), told as (
      select p.entry, p.line, p.reason, p.candidates, w.user_id as own, f.line is not null as free,
        r.kind = 'sync' as sync, src.name as source, coalesce(d.other, b.other) as other,
        coalesce(own.external_id, own.code) as number, coalesce(twin.external_id, twin.code) as twin,
        case when d.k is not null then ${header('d.k')} when n.keys < 2 then n.k end as k
      from plan_entry p
      join run r on r.id = p.run_id
      join source src on src.id = r.source_id
      left join dup d on d.line = p.line
      left join staged_row own on own.run_id = p.run_id and own.line = d.line
      left join staged_row twin on twin.run_id = p.run_id and twin.line = d.other
      left join work w on w.line = p.line
      left join named n on n.line = p.line
      left join free f on f.line = p.line
      left join beside b on b.line = p.line
      where p.run_id = '${runId}' and p.action = 'conflict'
    )
    insert into run_message (run_id, n, line, "column", code, message)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by line), ${lineOfFile('line')},
      k, reason, case reason
        when 'same_person_twice' then case when number <> twin
          then 'Line ' || other || ' has the same ' || k || ', but another number: ' || ${shown('twin')}
            || ' there, ' || ${shown('number')} || ' here. Two people cannot share it, so neither row was '
            || 'taken: correct one of them, or leave its ' || k || ' empty.'
          else 'Line ' || other || ' has the same ' || k || ', so both rows are '
          || 'about one person, and they say different things. Keep one of them.' end
        when 'ambiguous' then 'The keys of this row belong to different users: ' || ${users}
          || '. Say who it is: ' || ${each} || '; somebody new' || ${create}
        when 'other_identity' then 'User ' || ${users} || ' has ' || coalesce('the ' || k, 'a key')
          || ' of this row, but is known to this source under another id. The same person: ' || ${each}
          || '; somebody else' || ${createWithout}
        when 'two_rows' then coalesce('Line ' || ${lineOfFile('other')}, 'Another row')
          || ' leads to user ' || ${users} || ', too. Keep one of them; to take this one: ' || ${each}
        when 'key_taken' then coalesce('The ' || k, 'A key') || ' of this row belongs to user '
          || ${users} || ', who keeps it. ' || case when own is not null
            then 'To take the row without it: ' || ${resolve} || ' --user ' || own
            else 'The same person: ' || ${each} || '; somebody else' || ${createWithout} end
        when 'key_twice' then coalesce('Line ' || ${lineOfFile('other')}, 'Another row')
          || ' would give somebody else the same login. Give one of them another.'
        when 'no_key' then 'A new user needs a code, a login or an e-mail: fill one of them in.'
        when 'no_key_left' then 'Without code, login and e-mail nobody could find user '
          || ${users} || ' again. Keep one of them.'
        else reason end
    from told`);
}

/** Rows that were stopped by another row, with what they have in common. */
const TWIN = `(
  select line, case problem when 'two_rows' then user_id::text
    else coalesce(login_key, email_key, code_key) end as same
  from work where problem in ('two_rows', 'key_twice'))`;

/**
 * A message for every manager whom nobody is: how many people name them, the first of whom is its
 * line. True words for somebody whose row is in this very read, but did not go through.
 */
export async function tellUnknownManagers(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`
    create temp table unknown_manager on commit drop as
    select w.manager_ref as ref, count(*)::int as people, min(w.line) as line
    from work w join mgr m on m.ref = w.manager_ref
    where m.user_id is null and w.problem is null ${o.create ? '' : 'and w.user_id is not null'}
    group by w.manager_ref`);
  const { rows } = await tx.query<{ n: number }>(`select count(*)::int as n from unknown_manager`);
  if (rows[0]?.n === 0) return;
  await tx.query(`
    with own as (
      -- Found by a number: what else a bad row says may be shifted.
      select distinct on (u.ref) u.ref, s.line, p.action, p.reason
      from unknown_manager u
      join staged_row s on s.run_id = '${o.runId}' and coalesce(s.external_id, s.code) = u.ref
      join plan_entry p on p.run_id = s.run_id and p.line = s.line
        and p.action <> 'create' and p.action in ('error', 'conflict', 'skip')
      order by u.ref, s.line
    ), told as (
      select u.line, u.people, ${shown('u.ref')} as who, o.action, ${header(`'manager'`)} as head,
        r.kind = 'sync' as sync, src.name as source,
        case when r.kind = 'sync' then 'row ' || o.line || ' of this read'
          else 'line ' || o.line || ' of this file' end as own,
        case when u.people = 1 then 'this person' else u.people || ' people, of whom this is the first,' end
          as whose
      from unknown_manager u
      join run r on r.id = '${o.runId}' join source src on src.id = r.source_id
      left join own o on o.ref = u.ref
    )
    insert into run_message (run_id, n, line, "column", code, message)
    select '${o.runId}', ${nextNumber(o.runId)} + row_number() over (order by line, who),
      ${lineOfFile('line')}, head, 'manager_unknown', case
        when own is null then 'Nobody has the code ' || who || ', neither in this '
          || case when sync then 'read' else 'file' end || ' nor in the store: the manager of ' || whose
          || ' stays as it is. ' || ${comes(o.runId, 'A file with a row for that code')}
        when action = 'error' then who || ' is ' || own || ', which has an error: the manager of '
          || whose || ' stays as it is. ' || ${comes(o.runId, 'That row, once mended,')}
        when action = 'skip' then who || ' is ' || own || ', but this run creates nobody: the manager of '
          || whose || ' stays as it is.'
        else who || ' is ' || own || ', which is in conflict: the manager of ' || whose
          || ' stays as it is. ' || ${comes(o.runId, 'That row, once mended,')} end
    from told`);
}

/** SQL: what sets a manager after all. */
const comes = (runId: string, what: string): string => `
  case when sync then 'The next read with a good row of that person' else '${what}' end
    || ' sets it' || case when people > 1 then ' for all of them' else '' end
    || case when sync then ': rollcall sources sync ' || source || ' --full'
      else ': rollcall import FILE --retry-of ${runId}' end`;

/**
 * One message for all that is kept as a hand set it, one for those whom protection keeps active; whose
 * it is, the diff shows.
 */
export async function tellKept(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`
    with kept as (
      select p.entry, e.key as field,
        e.key = 'status' and e.value ->> 1 = 'inactive' and coalesce(u.protected, false) as protected
      from plan_entry p cross join jsonb_each(p.kept) e left join "user" u on u.id = p.user_id
      where p.run_id = '${runId}' and p.kept is not null
    ), field as (
      select ${header('field')} as name, count(*)::int as n
      from kept join run r on r.id = '${runId}' where not protected group by 1
    ), total as (
      select count(*) filter (where not protected)::int as fields,
        count(distinct entry) filter (where not protected)::int as people,
        count(*) filter (where protected)::int as protected
      from kept
    )
    insert into run_message (run_id, n, line, "column", code, message)
    select '${runId}'::uuid, ${nextNumber(runId)} + 1, null::int, null, 'kept_by_hand',
      fields || case when fields = 1 then ' field' else ' fields' end || ' of ' || people
        || case when people = 1 then ' person' else ' people' end
        || ' kept as set by hand (' || (select string_agg(name || ' ' || n, ', ' order by n desc, name)
          from field) || '). Whose: rollcall runs diff ${runId} --action kept'
    from total where fields > 0
    union all
    select '${runId}'::uuid, ${nextNumber(runId)} + 1 + (fields > 0)::int, null::int, null, 'protected',
      protected || case when protected = 1 then ' person stays' else ' people stay' end
        || ' active: whom a hand protected, no source deactivates (rollcall users protect USER --off'
        || ' ends that). Whose: rollcall runs diff ${runId} --action kept'
    from total where protected > 0`);
}
