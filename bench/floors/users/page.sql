-- A page of users by hand, on the shipped schema; what is in braces is filled in.
with page as materialized (
  select row_number() over () as n, found.id from (
    select u.id from {from} where {where} order by {order} limit 101
  ) found
)
select u.*, o.code as organization, m.code as manager,
  (select coalesce(jsonb_agg(jsonb_build_object('source', s.name, 'externalId', i.external_id)), '[]')
   from identity i join source s on s.id = i.source_id where i.user_id = u.id) as identities
from page
join "user" u on u.id = page.id
left join organization o on o.id = u.organization_id
left join "user" m on m.id = u.manager_id
order by page.n
