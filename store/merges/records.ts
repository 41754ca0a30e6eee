import { COURSE_CHOICE, OUTCOME_COLUMNS } from '../../domain/merges/rules';
import { STATUSES_BY_RANK } from '../../domain/records/statuses';
import { sqlArray } from '../database/sqlList';
import { ONCE } from './fields';

/*
 * Of the survivor's rows, the one in question is looked for by `offset 0` (ONCE): as a join, the planner reads all
 * rows of the survivor for each row of the absorbed account, a million for 1,000 enrollments each.
 */

const rank = (alias: string): string =>
  `array_position(${sqlArray(STATUSES_BY_RANK)}, ${alias}.status::text)`;

/**
 * SQL: each current enrollment of the absorbed account of each pair in `from`, with the survivor's row in the
 * same course: `key` (the pair's column of that name), `id`, `course_id`, `survivor_row` (its id;
 * null: the row moves), `rule` (one of `OUTCOME_RULES`), `takes` (the survivor's row takes the outcome), and
 * `before`, `after`: the columns of the survivor's row that change by it.
 */
export function enrollmentOutcomes(from: string, key: string): string {
  return `
    select p.${key}, p.survivor, p.absorbed, a.id, a.course_id, s.id as survivor_row,
      j.rule, j.takes, d.images -> 0 as before, d.images -> 1 as after
    from ${from} p
    join enrollment a on a.user_id = p.absorbed and a.tombstoned_by is null
    left join lateral (
      select x.* from enrollment x
      where x.user_id = p.survivor and x.course_id = a.course_id and x.tombstoned_by is null ${ONCE}
    ) s on true
    cross join lateral (
      select case when p.take <> '{}' then (
        select coalesce(p.take ->> ('${COURSE_CHOICE}' || c.code), p.take ->> ('${COURSE_CHOICE}' || c.code_key))
        from course c where c.id = a.course_id) end as chosen ${ONCE}
    ) t
    cross join lateral (
      select case when s.id is null then 'only' when t.chosen is not null then 'chosen'
          when s.status <> a.status then 'status'
          when s.score is distinct from a.score then 'score'
          when s.completed_at is distinct from a.completed_at then 'completion'
          else 'survivor' end as rule ${ONCE}
    ) r
    cross join lateral (
      select r.rule, case r.rule when 'chosen' then t.chosen = 'redundant'
          when 'status' then ${rank('a')} > ${rank('s')}
          when 'score' then coalesce(a.score, -1) > coalesce(s.score, -1)
          when 'completion' then coalesce(a.completed_at, 'infinity') < coalesce(s.completed_at, 'infinity')
          else false end as takes ${ONCE}
    ) j
    cross join lateral (
      select case when j.takes then (
        select jsonb_build_array(jsonb_object_agg(k, ours), jsonb_object_agg(k, theirs))
        from (values ${OUTCOME_COLUMNS.map((column) => `('${column}', to_jsonb(s.${column}), to_jsonb(a.${column}))`).join(', ')}) v(k, ours, theirs)
        where ours is distinct from theirs
        having count(*) > 0) end as images ${ONCE}
    ) d`;
}

/**
 * SQL: each current credit of the absorbed account of each pair in `from`: `key`, `id`, `title`, and `twin`: the
 * same credit of the survivor (null: the credit moves).
 */
export function creditOutcomes(from: string, key: string): string {
  return `
    select p.${key}, p.survivor, p.absorbed, a.id, a.title, s.id as twin
    from ${from} p
    join external_credit a on a.user_id = p.absorbed and a.tombstoned_by is null
    left join lateral (
      select x.id from external_credit x
      where x.user_id = p.survivor and x.print = a.print and x.tombstoned_by is null ${ONCE}
    ) s on true`;
}

/**
 * SQL: the identities by which the survivors of the pairs in `from` speak from now on: one of the absorbed
 * account's in each source where the survivor has none of its own. Of several, one that the source still has,
 * and of those the one that it has had longest.
 */
export function voices(from: string, key: string): string {
  return `
    select distinct on (p.${key}, i.source_id) p.${key}, p.survivor, p.absorbed, i.source_id, i.external_id,
      i.record_hash, i.mapping_hash, i.user_version
    from ${from} p
    join identity i on i.user_id = p.absorbed
    where not exists (select from identity own where own.user_id = p.survivor and own.source_id = i.source_id)
    order by p.${key}, i.source_id, i.missing_since_run_id is not null, i.missing_reads,
      i.left_at is not null, i.created_at, i.external_id`;
}
