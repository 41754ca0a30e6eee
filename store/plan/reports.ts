import type { Queryable } from '../database/db';
import { some } from '../database/some';
import { matchable } from '../lifecycle/resolveAll';
import { usersAsMeant } from '../users/meant';
import { lineOfFile, messageCode, nextNumber } from '../runs/lines';
import type { MatchInput } from './input';

/** Characters of a text from a file that a message repeats. */
const MAX_SHOWN = 60;

/** SQL: a text from a file as a fact keeps it. */
const cut = (text: string): string =>
  `case when length(${text}) > ${String(MAX_SHOWN)}
    then left(${text}, ${String(MAX_SHOWN - 1)}) || '…' else ${text} end`;

/** The file's own name for the column of a field. */
const header = (field: string): string =>
  `coalesce(r.headers ->> ${field}, case when ${field} = 'key' then r.options #>> '{key,column}' end, ${field})`;

/**
 * A message for every row that matching did not let through: what is known about it and about the users
 * that have its keys. A row's own faults stay with the row.
 */
export async function reportConflicts(tx: Queryable, runId: string): Promise<void> {
  await tx.query(`create temp table mailbox (line int) on commit drop`);
  await tx.query(MAILBOXES(runId));
  const entry = `'run', '${runId}', 'entry', entry, 'users', ${USERS}`;
  const creatable = `'free', free, 'source', case when sync then source end`;
  await tx.query(`
    with named as (
      -- The key that another user keeps; a login derived from an address or a code comes last.
      select c.line, coalesce(min(${header('c.k')}) filter (where c.k <> 'login_default'), 'login') as k,
        count(distinct c.k) filter (where c.k <> 'login_default') as keys
      from claim c
      join work w on w.line = c.line and (c.holder = any(w.candidates) or c.survivor = any(w.candidates))
      join run r on r.id = '${runId}'
      group by c.line
    ), free as (
      -- Rows with a key that no user holds: a new user can be created from them.
      select w.line from work w
      where w.problem in ('ambiguous', 'other_identity', 'key_taken') and (
        w.code is not null and not exists (select from "user" u where u.code = w.code)
        or w.login_key is not null and not exists (select from "user" u where u.login_key = w.login_key)
        or w.email_key is not null and not exists (select from "user" u where u.email_key = w.email_key))
    ), beside as (
      -- Another row that wants the same key.
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
        and p.line not in (select line from mailbox)
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}', ${nextNumber(runId)} + row_number() over (order by line), ${lineOfFile('line')},
      k, reason, case reason
        when ${messageCode('same_person_twice')} then jsonb_build_object('other', other, 'numbers',
          case when number <> twin then jsonb_build_array(${cut('twin')}, ${cut('number')}) end,
          'canRule', not sync)
        when ${messageCode('ambiguous')} then jsonb_build_object(${entry}, ${creatable})
        when ${messageCode('other_identity')} then jsonb_build_object(${entry}, ${creatable})
        when ${messageCode('two_rows')} then jsonb_build_object(${entry}, 'other', ${lineOfFile('other')})
        when ${messageCode('key_taken')} then jsonb_build_object(${entry}, ${creatable}, 'own', own)
        when ${messageCode('key_twice')} then jsonb_build_object('other', ${lineOfFile('other')})
        when ${messageCode('no_key_left')} then jsonb_build_object('users', ${USERS})
        else '{}' end
    from told`);
}

/** From how many on a message names the command that resolves all of them. */
const MIN_TOGETHER = 3;

/**
 * One message for the conflicts that an e-mail decides, with the command that links all of them
 * (`runs resolve --all-by email` takes the same ones).
 */
export async function reportKnownByEmail(tx: Queryable, runId: string): Promise<void> {
  if (!(await some(tx, `select from work where problem = 'other_identity'`))) return;
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1, ${nextNumber(runId)} + 1, null, null, ${messageCode('known_by_email')},
       jsonb_build_object('run', $1, 'people', count(*)::int)
     from (${matchable('email')}) m having count(*) >= ${String(MIN_TOGETHER)}`,
    [runId],
  );
}

/** SQL: the users that a row may be about, from `candidates`. */
const USERS = usersAsMeant('candidates');

/** Rows that were stopped by another row, with what they share. */
const TWIN = `(
  select line, case problem when 'two_rows' then user_id::text
    else coalesce(login_key, email_key, code_key) end as same
  from work where problem in ('two_rows', 'key_twice'))`;

/** Texts that one message repeats. */
const MAX_TEXTS = 3;

/**
 * One message where most managers of the read are texts with a space that match nobody: names of people. Takes
 * them out of `unknown_manager`.
 */
const NAMES = (runId: string): string => `
  with name as (
    select * from unknown_manager where ref ~ '\\S\\s+\\S' and ref !~ '@'
  ), total as (
    select sum(people)::int as people, count(*)::int as refs, min(line) as line,
      (select jsonb_agg(${cut('n.ref')} order by n.line) from (
        select * from name order by line limit ${String(MAX_TEXTS)}) n) as names
    from name
  ), told as (
    insert into run_message (run_id, n, line, "column", code, facts)
    select r.id, ${nextNumber(runId)} + 1, ${lineOfFile('line')}, ${header(`'manager'`)},
      ${messageCode('manager_names')}, jsonb_build_object('people', people, 'refs', refs, 'names', names,
        'source', case when r.kind = 'sync' then src.name end)
    from total join run r on r.id = '${runId}' join source src on src.id = r.source_id
    where people * 2 > (select count(*) from staged_row s
      where s.run_id = '${runId}' and s.manager_ref is not null)
    returning n
  )
  delete from unknown_manager u using name, told where u.ref = name.ref`;

/**
 * Three rows or more under different numbers that share one e-mail: a mailbox of many, said once. Leaves
 * `mailbox(line)`, their rows.
 */
const MAILBOXES = (runId: string): string => `
  with many as (
    select m.value, count(distinct s.external_id)::int as people, min(s.email) as email,
      array_agg(m.line order by m.line) as lines
    from sharer m
    join dup d on d.line = m.line and d.conflict
    join staged_row s on s.run_id = '${runId}' and s.line = m.line and s.external_id is not null
    where m.name = 'email' and m.kind = 'key'
    group by m.value having count(distinct s.external_id) > 2
  ), listed as (
    insert into mailbox select distinct unnest(lines) from many
  )
  insert into run_message (run_id, n, line, "column", code, facts)
  select r.id, ${nextNumber(runId)} + row_number() over (order by lines[1]), ${lineOfFile('lines[1]')},
    ${header(`'email'`)}, ${messageCode('shared_email')}, jsonb_build_object('rows', people,
      'email', ${cut('email')}, 'lines', to_jsonb(lines[1:${String(MAX_TEXTS)}]),
      'source', case when r.kind = 'sync' then src.name end)
  from many join run r on r.id = '${runId}' join source src on src.id = r.source_id`;

/**
 * A message for every manager reference that matches no person: how many people name it; its line is the
 * first of them. Says so, too, when that manager has a row in this same read that did not go through.
 */
export async function reportUnknownManagers(tx: Queryable, o: MatchInput): Promise<void> {
  await tx.query(`
    create temp table unknown_manager on commit drop as
    select w.manager_ref as ref, count(*)::int as people, min(w.line) as line
    from work w join mgr m on m.ref = w.manager_ref
    where m.user_id is null and w.problem is null ${o.create ? '' : 'and w.user_id is not null'}
    group by w.manager_ref`);
  const { rows } = await tx.query<{ n: number }>(`select count(*)::int as n from unknown_manager`);
  if (rows[0]?.n === 0) return;
  await tx.query(NAMES(o.runId));
  await tx.query(`
    with own as (
      -- Found by a number: the other cells of a faulty row may be shifted.
      select distinct on (u.ref) u.ref, s.line, p.action, p.reason
      from unknown_manager u
      join staged_row s on s.run_id = '${o.runId}' and coalesce(s.external_id, s.code) = u.ref
      join plan_entry p on p.run_id = s.run_id and p.line = s.line
        and p.action <> 'create' and p.action in ('error', 'conflict', 'skip')
      order by u.ref, s.line
    ), told as (
      select u.line, u.people, ${cut('u.ref')} as ref, o.line as own, o.action,
        ${header(`'manager'`)} as head, case when r.kind = 'sync' then src.name end as source
      from unknown_manager u
      join run r on r.id = '${o.runId}' join source src on src.id = r.source_id
      left join own o on o.ref = u.ref
    )
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${o.runId}', ${nextNumber(o.runId)} + row_number() over (order by line, ref),
      ${lineOfFile('line')}, head, ${messageCode('manager_unknown')}, jsonb_build_object(
        'run', '${o.runId}', 'ref', ref, 'people', people, 'source', source,
        'row', case when own is not null
          then jsonb_build_object('line', own, 'problem', action) end)
    from told`);
}

/**
 * One message for everything that is kept as set by hand, one for the people that protection keeps active;
 * the diff shows whose values they are.
 */
export async function reportKept(tx: Queryable, runId: string): Promise<void> {
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
    insert into run_message (run_id, n, line, "column", code, facts)
    select '${runId}'::uuid, ${nextNumber(runId)} + 1, null::int, null, ${messageCode('kept_by_hand')},
      jsonb_build_object('run', '${runId}', 'fields', fields, 'people', people,
        'of', (select jsonb_agg(jsonb_build_array(name, n) order by n desc, name) from field))
    from total where fields > 0
    union all
    select '${runId}'::uuid, ${nextNumber(runId)} + 1 + (fields > 0)::int, null::int, null,
      ${messageCode('protected')}, jsonb_build_object('run', '${runId}', 'people', protected)
    from total where protected > 0`);
}

/** Says how many people get access back because their row no longer has the last day that ended it. */
export async function reportLastDayGone(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `insert into run_message (run_id, n, line, "column", code, facts)
     select $1::uuid, ${nextNumber(runId)} + 1, null, null, ${messageCode('last_day_gone')},
       jsonb_build_object('run', $1::uuid, 'people', count(*)::int,
         'source', case when min(r.kind::text) = 'sync' then min(src.name) end)
     from run r
     join source src on src.id = r.source_id
     join plan_entry p on p.run_id = r.id and p.action = 'reactivate' and p.reason = 'days_include_today'
     join staged_row s on s.run_id = r.id and s.line = p.line and s.due_status is distinct from 'inactive'
     where r.id = $1 and exists (select from identity i
       where i.source_id = r.source_id and i.user_id = p.user_id and i.ended_by = 'after_last_day')
     having count(*) > 0`,
    [runId],
  );
}
