/**
 * SQL: what a user is, as a hash: the version, and the current enrollments, credits and identities. Not what a
 * source wrote of a read on its identities, so that a sync that changes nobody changes no hash.
 */
export function userPrint(id: string): string {
  return `(
    select md5(concat_ws('|', u.id, u.version, coalesce(u.merged_into_id::text, '-'),
      (select coalesce(string_agg(concat_ws(' ', e.id, e.version, e.status, coalesce(e.progress, -1),
          coalesce(e.score, -1), coalesce(e.completed_at - date '2000-01-01', -1)), ',' order by e.id), '-')
        from enrollment e where e.user_id = u.id and e.tombstoned_by is null),
      (select coalesce(string_agg(concat_ws(' ', c.id, c.version, c.print), ',' order by c.id), '-')
        from external_credit c where c.user_id = u.id and c.tombstoned_by is null),
      (select coalesce(string_agg(concat_ws(' ', i.source_id, i.external_id), ','
          order by i.source_id, i.external_id), '-')
        from identity i where i.user_id = u.id)))
    from "user" u where u.id = ${id})`;
}

/**
 * SQL: what was shown of a pair, as 16 hex digits: both users as {@link userPrint} has them, and the choices.
 * `pair`: the alias of a row with `survivor_print`, `absorbed_print` and `take`.
 */
export function pairPrint(pair: string): string {
  return `left(md5(concat_ws('|', ${pair}.survivor_print, ${pair}.absorbed_print, ${pair}.take::text)), 16)`;
}
