/**
 * SQL: the person is active, and this read, if they are not in it, completes the number of reads in a row
 * that must miss them. For an identity (alias i) of the source and its user (alias u); `times` is SQL.
 * Not enough for a person whom the source knows under several ids: see {@link seenLately}.
 */
export function missedAgain(times: string): string {
  return `u.status = 'active' and i.missing_reads + 1 >= ${times}`;
}

/** SQL: active users (alias u) whom a list had in rows without a number, and who have no number in it. */
export const UNNUMBERED = (sourceId: string): string => `(
    select distinct coalesce(l.merged_into_id, l.id) as id from list_person p
    join "user" l on l.id = p.user_id where p.source_id = '${sourceId}'
  ) listed join "user" u on u.id = listed.id and u.status = 'active'
    and not exists (select from ${numbersOf(`'${sourceId}'`)})`;

/** SQL: the identities (alias j) of a user (alias u) in a source, those of merged accounts included. */
export function numbersOf(sourceId: string): string {
  return `identity j join "user" a on a.id = j.user_id
      and (a.id = u.id or a.merged_into_id = u.id) and j.source_id = ${sourceId}`;
}

/**
 * SQL: one of the ids under which the source knows the user (alias u) was in one of the last reads. A person
 * is missing only when all of their ids are, and as often in a row as the least missing of them.
 */
export function seenLately(o: { readonly sourceId: string; readonly times: string }): string {
  return `exists (select from ${numbersOf(o.sourceId)} where j.missing_reads + 1 < ${o.times})`;
}

/**
 * SQL: CTE `stuck`, the keys of rows of the run that did not go through. Such a row proves the presence of
 * its person, too.
 */
export function stuckRows(runId: string): string {
  return `
  stuck as materialized (
    select s.external_id, s.code, s.email_key,
      case when 'login' = any(s.clears) then null
        else coalesce(s.login_key, s.email_key, s.code_key) end as login_key
    from staged_row s
    where s.run_id = '${runId}' and (s.faults is not null
      or s.line in (select line from dup)
      or s.line in (select line from work where problem is not null))
  )`;
}

/** SQL: users who are present by more than a number of theirs in the read; needs {@link stuckRows}. */
export const PRESENT_BY_KEYS = `
    select user_id as id from work where user_id is not null
    union all
    select unnest(candidates) from work where problem is not null
    union all
    select coalesce(u.merged_into_id, u.id) from stuck join "user" u using (code)
    union all
    select coalesce(u.merged_into_id, u.id) from stuck join "user" u using (login_key)
    union all
    select coalesce(u.merged_into_id, u.id) from stuck join "user" u using (email_key)
    union all
    select user_id from merged_at_source where user_id is not null`;

/**
 * SQL: absence does not deactivate the user (alias u): a person set the status, or the user is protected.
 */
export const KEPT_FROM_ABSENCE = `(u.protected or 'status' = any(u.sticky))`;
