/**
 * SQL: what an identity is due for, as `changes` of an entry hold it under `due`; only the id when nothing
 * is due. Undo restores it with the status. Each part is SQL.
 */
export function dueJson(of: {
  readonly id: string;
  readonly on: string;
  readonly zone: string;
  readonly status: string;
  readonly then: string;
}): string {
  return `jsonb_strip_nulls(jsonb_build_object('id', ${of.id}, 'on', ${of.on},
    'zone', case when ${of.on} is not null then ${of.zone} end, 'status', ${of.status},
    'then', ${of.then}))`;
}

/** SQL: what an identity or a staged row (the alias) is due for. */
export function dueOfRow(alias: string): string {
  return dueJson({
    id: `${alias}.external_id`,
    on: `${alias}.due_on`,
    zone: `${alias}.due_zone`,
    status: `${alias}.due_status`,
    then: `${alias}.due_then`,
  });
}

/** SQL: what an identity (alias i) is due for. */
export const DUE = dueOfRow('i');

/** SQL: the present value of `due` in an entry's changes (alias e of `jsonb_each`). */
export function dueNow(sourceId: string): string {
  const id = `coalesce(e.value -> 1, e.value -> 0) ->> 'id'`;
  // An identity that an undo took away is due for nothing.
  return `coalesce((select ${DUE} from identity i where i.source_id = '${sourceId}'
    and i.external_id = ${id}), jsonb_build_object('id', ${id}))`;
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
