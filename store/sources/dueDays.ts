/**
 * SQL: what an identity (alias i) is due for, as `changes` of an entry hold it under `due`; only the id when
 * nothing is due. Undo restores it with the status.
 */
export const DUE = `jsonb_strip_nulls(jsonb_build_object('id', i.external_id, 'on', i.due_on,
    'zone', case when i.due_on is not null then i.due_zone end, 'status', i.due_status, 'then', i.due_then))`;

/** SQL: the present value of `due` in an entry's changes (alias e of `jsonb_each`). */
export function dueNow(sourceId: string): string {
  return `(select ${DUE} from identity i where i.source_id = '${sourceId}'
    and i.external_id = coalesce(e.value -> 1, e.value -> 0) ->> 'id')`;
}

/** SQL: sets what entries of `slice_change` say under `due`. */
export function setDue(sourceId: string): string {
  return `
  update identity i set due_on = (d.next ->> 'on')::date, due_zone = d.next ->> 'zone',
    due_status = (d.next ->> 'status')::user_status, due_then = (d.next ->> 'then')::date
  from (
    select due_id, changes -> 'due' -> 1 as next from slice_change
    where due_id is not null and changes ? 'due'
  ) d
  where i.source_id = '${sourceId}' and i.external_id = d.due_id`;
}
