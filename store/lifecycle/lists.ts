import { keyOf, sameKey, keyText, type ListKey } from '../../domain/files/listKey';
import { Fault } from '../../domain/faults';
import { OPEN_STATES } from '../../domain/runs/run';
import type { Queryable, Tx } from '../database/db';
import { some } from '../database/some';
import { sqlList } from '../database/sqlList';

/**
 * Refuses a run that would read a list by another key than the one by which the list knows its people:
 * nobody would be recognized, and everybody would be missing.
 * @throws Fault state `other_key`
 */
export async function refuseOtherKey(
  tx: Queryable,
  o: { readonly sourceId: string; readonly options: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { rows } = await tx.query<{ name: string; settings: Readonly<Record<string, unknown>> }>(
    `select name, settings from source where id = $1 and kind = 'list'`,
    [o.sourceId],
  );
  const [list] = rows;
  if (list === undefined) return;
  await requireKey(tx, { id: o.sourceId, ...list }, keyOf(o.options));
}

/** @throws Fault state `other_key` where the list knows people, and by another key. */
export async function requireKey(
  db: Queryable,
  list: {
    readonly id: string;
    readonly name: string;
    readonly settings: Readonly<Record<string, unknown>>;
  },
  key: ListKey,
): Promise<void> {
  const own = keyOf(list.settings);
  if (sameKey(own, key)) return;
  if (!(await some(db, `select from identity where source_id = $1`, [list.id]))) return;
  const [known, wanted] = [keyText(own), keyText(key)];
  throw new Fault('state', {
    code: 'other_key',
    message:
      `The list "${list.name}" knows its people by ${known}. By ${wanted} it would recognize nobody, and ` +
      'everybody would count as new.',
    next: { do: 'importOtherKey', known, wanted },
  });
}

/** The list knows people by the key of the run that begins to be applied. */
export async function rememberKey(tx: Tx, runId: string): Promise<void> {
  await tx.query(
    `update source s set settings = s.settings - 'key' || case when r.options ? 'key'
       then jsonb_build_object('key', r.options -> 'key') else '{}' end
     from run r
     where r.id = $1 and r.kind = 'import' and s.id = r.source_id and s.kind = 'list'
       and s.settings -> 'key' is distinct from r.options -> 'key'`,
    [runId],
  );
}

/**
 * The key of a list. While the list knows nobody, this is the key of the first import that has not ended yet,
 * because the list will know its people by that key.
 */
export async function keyOfList(
  db: Queryable,
  list: { readonly id: string; readonly settings: Readonly<Record<string, unknown>> },
): Promise<ListKey> {
  const { rows } = await db.query<{ options: Readonly<Record<string, unknown>> }>(
    `select r.options from run r
     where r.source_id = $1 and r.kind = 'import' and not r.dry_run and r.state in ${sqlList(OPEN_STATES)}
       and not exists (select from identity i where i.source_id = $1)
     order by r.id limit 1`,
    [list.id],
  );
  return keyOf(rows[0]?.options ?? list.settings);
}

/**
 * Keeps the options of a run with its list, in the transaction that ends the run. An option that an admin set
 * after the run was recorded stays; an option that an earlier import set is replaced. The run remembers what
 * each option was before.
 */
export async function rememberOptions(tx: Tx, runId: string): Promise<void> {
  await setOptions(tx, { runId, from: 0, to: 1 });
}

/**
 * Gives a list its earlier options back. `runId`: the run that was just undone. After the undo of an import,
 * these are the options from before it; after the undo of such an undo, they are the options of the import.
 */
export async function turnOptions(tx: Tx, runId: string): Promise<void> {
  const { rows } = await tx.query<{ id: string; undos: number }>(
    `with recursive undone as (
       select id, undo_of_id, 0 as undos from run where id = $1
       union all
       select r.id, r.undo_of_id, u.undos + 1 from undone u join run r on r.id = u.undo_of_id
     )
     select id, undos from undone where undo_of_id is null`,
    [runId],
  );
  const [first] = rows;
  if (first === undefined) return;
  const isBack = first.undos % 2 === 0;
  await setOptions(tx, { runId: first.id, ...(isBack ? { from: 1, to: 0 } : { from: 0, to: 1 }) });
  if (
    !(await some(tx, `select from run where id = $1 and options -> 'keeps' ? 'key'`, [first.id]))
  ) {
    return;
  }
  await tx.query(isBack ? FORGET_KEY : LEARN_KEY, [first.id]);
}

/** SQL: an option of the list s, of the pair k: a rule for two rows stands beside the others. */
const CURRENT = `coalesce(case k.key when 'twoRows' then s.settings -> 'twoRows'
  else s.settings -> 'options' -> k.key end, 'null')`;

/** SQL: an import that was recorded before the run r, and ended after that, set the option of the pair k. */
const SET_BY_EARLIER = `exists (select from run a
  where a.source_id = r.source_id and a.id < r.id and a.state = 'done' and a.finished_at >= r.created_at
    and a.options -> 'keeps' -> k.key -> 1 = ${CURRENT})`;

/** Sets the options that a run keeps from one side of each pair to the other; others stand by then. */
async function setOptions(
  tx: Tx,
  { runId, from, to }: { readonly runId: string; readonly from: 0 | 1; readonly to: 0 | 1 },
): Promise<void> {
  await tx.query(
    `with keeps as materialized (
       select s.id, k.key, k.value -> $3::int as value, jsonb_build_array(${CURRENT}, k.value -> 1) as pair
       from run r
       join source s on s.id = r.source_id and s.kind = 'list'
       cross join jsonb_each(r.options -> 'keeps') k
       where r.id = $1 and k.key <> 'key'
         and (${CURRENT} = k.value -> $2::int ${from === 0 ? `or ${SET_BY_EARLIER}` : ''})
     ), remembered as (
       update run set options = options || jsonb_build_object('keeps', options -> 'keeps' || (
         select jsonb_object_agg(key, pair) from keeps))
       where id = $1 and $2 = 0 and exists (select from keeps)
     )
     update source s set settings = jsonb_strip_nulls(s.settings || coalesce(k.rule, '{}'))
       || jsonb_build_object('options',
         jsonb_strip_nulls(coalesce(s.settings -> 'options', '{}') || coalesce(k.options, '{}')))
     from (
       select id, jsonb_object_agg(key, value) filter (where key <> 'twoRows') as options,
         jsonb_object_agg(key, value) filter (where key = 'twoRows') as rule
       from keeps group by id
     ) k
     where s.id = k.id`,
    [runId, from, to],
  );
}

/**
 * After the undo of an import: a list that knows only people whom this import created, all of them inactive
 * again, forgets them and has the key from before the import.
 */
const FORGET_KEY = `
  with list as materialized (
    select s.id, r.options -> 'keeps' -> 'key' -> 0 as key
    from run r join source s on s.id = r.source_id and s.kind = 'list'
    where r.id = $1 and coalesce(s.settings -> 'key', '"code"') = coalesce(r.options -> 'key', '"code"')
      and not exists (
        select from identity i join "user" u on u.id = i.user_id
        where i.source_id = s.id and (u.status = 'active' or i.linked_run_id is distinct from r.id))
  ), locked as materialized (
    select u.id from list l join identity i on i.source_id = l.id join "user" u on u.id = i.user_id
    order by u.id for update of u
  ), forgotten as (
    delete from identity i using list l
    where i.source_id = l.id and i.user_id in (select id from locked)
  )
  update source s set settings = s.settings - 'key'
    || case when l.key = '"code"' then '{}' else jsonb_build_object('key', l.key) end
  from list l where s.id = l.id`;

/** As {@link FORGET_KEY}, once the undo is undone: the list knows the people of the import again. */
const LEARN_KEY = `
  with list as materialized (
    select s.id, r.options -> 'key' as key
    from run r join source s on s.id = r.source_id and s.kind = 'list'
    where r.id = $1 and not exists (select from identity i where i.source_id = s.id)
  ), person as materialized (
    select l.id as source_id, s.external_id, coalesce(u.merged_into_id, u.id) as user_id
    from list l
    join plan_entry p on p.run_id = $1 and p.action = 'create'
    join staged_row s on s.run_id = $1 and s.line = p.line and s.external_id is not null
    join "user" u on u.id = p.user_id
    join "user" o on o.id = coalesce(u.merged_into_id, u.id)
    -- A merge that absorbs the owner of the number waits for it, and then moves it.
    order by u.id for update of u for key share of o
  ), known as (
    insert into identity (source_id, external_id, user_id, linked_run_id)
    select source_id, external_id, user_id, $1 from person on conflict do nothing
  )
  update source s set settings = s.settings - 'key'
    || case when l.key is null then '{}' else jsonb_build_object('key', l.key) end
  from list l where s.id = l.id`;

/**
 * Remembers the people of rows without a number, in the transaction that ends the run of a list: the
 * next read that says who is missing cannot judge them.
 */
export async function rememberUnnumbered(tx: Tx, runId: string): Promise<void> {
  await tx.query(
    `with row as materialized (
       select r.source_id, s.code, s.email_key, s.login_key
       from run r
       join source l on l.id = r.source_id and l.kind = 'list'
       join staged_row s on s.run_id = r.id and s.external_id is null and s.faults is null
       where r.id = $1 and r.findings -> 'unnumbered' = 'true'
         and not exists (select from plan_entry p
           where p.run_id = r.id and p.line = s.line and p.entry > r.entries
             and p.action in ${sqlList(['conflict', 'duplicate', 'error'])})
     ), person as (
       select row.source_id, u.id from row join "user" u using (code)
       union select row.source_id, u.id from row join "user" u using (email_key)
       union select row.source_id, u.id from row join "user" u using (login_key)
     )
     insert into list_person (source_id, user_id)
     select p.source_id, p.id from person p
     where not exists (select from identity i where i.source_id = p.source_id and i.user_id = p.id)
     on conflict do nothing`,
    [runId],
  );
}
