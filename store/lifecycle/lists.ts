import { keyOf, sameKey, keyText, type ListKey } from '../../domain/files/listKey';
import { Fault } from '../../domain/faults';
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
 * The list keeps the options that were given for a run, in the transaction that ends it. One that somebody set
 * since the run was recorded stays as it was set.
 */
export async function rememberOptions(tx: Tx, runId: string): Promise<void> {
  await setOptions(tx, { runId, from: 0, to: 1 });
}

/**
 * A list has the options again that it had before a run, once that is undone, and those of the run once
 * the undo is: `runId` is the run that was just undone, an import or the undo of one.
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
}

/** Sets the options that a run keeps from one side of each pair to the other; others stand by then. */
async function setOptions(
  tx: Tx,
  { runId, from, to }: { readonly runId: string; readonly from: 0 | 1; readonly to: 0 | 1 },
): Promise<void> {
  await tx.query(
    `with keeps as (
       select s.id, k.key, k.value -> $3::int as value
       from run r
       join source s on s.id = r.source_id and s.kind = 'list'
       cross join jsonb_each(r.options -> 'keeps') k
       where r.id = $1 and k.key not in ('key', 'twoRows')
         and coalesce(s.settings -> 'options' -> k.key, 'null') = k.value -> $2::int
     )
     update source s set settings = s.settings || jsonb_build_object('options',
       jsonb_strip_nulls(coalesce(s.settings -> 'options', '{}') || k.options))
     from (select id, jsonb_object_agg(key, value) as options from keeps group by id) k
     where s.id = k.id`,
    [runId, from, to],
  );
}

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
