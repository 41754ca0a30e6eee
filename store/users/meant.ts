/** SQL: the users with these ids, as `MeantUser`s in their order. */
export function usersAsMeant(ids: string): string {
  return `coalesce((
        select jsonb_agg(jsonb_build_object('id', u.id, 'number', u.code, 'inactive', u.status = 'inactive',
          'name', coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), ''))) order by c.n)
        from unnest(${ids}) with ordinality c(id, n) join "user" u on u.id = c.id), '[]')`;
}
