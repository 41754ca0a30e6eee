import type { Queryable } from '../database/db';

/**
 * Leaves `left_to(user_id, fields)`: the fields of each person that this source leaves to others, because a
 * source with precedence has an opinion. A source that is not listed comes last. Returns false, with an
 * empty table, where no field has a precedence.
 */
export async function leaveToOthers(tx: Queryable, sourceId: string): Promise<boolean> {
  await tx.query(`
    create temp table left_to (user_id uuid primary key, fields text[]) on commit drop`);
  const { rows } = await tx.query<{ mastered: boolean }>(
    `select exists (select from mastering) as mastered`,
  );
  if (rows[0]?.mastered !== true) return false;
  await tx.query(
    `insert into left_to
     select user_id, array_agg(distinct field) from (${leftToOthers('$1')}) l group by 1`,
    [sourceId],
  );
  await tx.query(`analyze left_to`);
  return true;
}

/**
 * SQL: user_id and field of everything that a source (by id) leaves to others; a row may occur twice.
 */
export function leftToOthers(sourceId: string): string {
  return `
    select coalesce(u.merged_into_id, u.id) as user_id, m.field
    from mastering m
    left join mastering own on own.field = m.field and own.source_id = ${sourceId}
    join identity i on i.source_id = m.source_id and m.field = any(i.opinions)
    join "user" u on u.id = i.user_id
    where m.source_id <> ${sourceId} and m.position < coalesce(own.position, m.position + 1)`;
}

/**
 * SQL: fields of a user (alias u) that this source does not set: kept by hand, or left to another source.
 */
export function fixed(o: { readonly mastered: boolean }): string {
  return o.mastered
    ? `u.sticky || coalesce((select l.fields from left_to l where l.user_id = u.id), '{}')`
    : 'u.sticky';
}
