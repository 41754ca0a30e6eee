import type {
  PreviewAbsorbed,
  PreviewCredit,
  PreviewIdentity,
  PreviewOutcome,
} from '../../domain/merges/preview';
import type { OutcomeRule, Side } from '../../domain/merges/rules';
import type { Take } from '../../domain/merges/take';
import type { Queryable } from '../database/db';
import { pairPrint, userPrint } from './prints';
import { DIFFERENT } from './reports';
import { creditOutcomes, enrollmentOutcomes, voices } from './records';

/** The entry of the one merge that a run plans. */
export interface PlannedMerge {
  readonly mergeId: string;
  readonly survivorId: string;
  readonly absorbedId: string;
  readonly take: Take;
  /** Field → [before, after], as planned. */
  readonly changes: Readonly<Record<string, readonly [unknown, unknown]>>;
  /** The hash of what was planned, and of what it would be now. */
  readonly shown: string;
  readonly now: string | null;
}

const PAIR = `(values ($1::uuid, $2::uuid, $3::jsonb)) p(survivor, absorbed, take)`;
/** Values of {@link PAIR}, and its `from` for the queries that other files make. */
const FROM = `(select survivor, absorbed, take, 1 as line from ${PAIR})`;

/** The merge that a run plans, where it plans exactly one; `null` otherwise. */
export async function plannedMerge(db: Queryable, runId: string): Promise<PlannedMerge | null> {
  const { rows } = await db.query<Omit<PlannedMerge, 'shown'> & { readonly shown: string | null }>(
    `with entry as (
       select object_id, user_id, candidates[1] as absorbed, changes, line from plan_entry
       where run_id = $1 and action = 'update' and reason = 'merge' order by entry limit 2
     ), pair as (
       select e.object_id as merge_id, e.user_id as survivor, e.absorbed, e.changes,
         coalesce(s.record -> 'take', '{}') as take,
         ${userPrint('e.user_id')} as survivor_print, ${userPrint('e.absorbed')} as absorbed_print
       from entry e join staged_row s on s.run_id = $1 and s.line = e.line
       where (select count(*) from entry) = 1
     )
     select merge_id as "mergeId", survivor as "survivorId", absorbed as "absorbedId", take, changes,
       changes -> 'shown' ->> 1 as shown, ${pairPrint('p')} as now
     from pair p`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined || row.shown === null) return null;
  return { ...row, shown: row.shown };
}

/** A course of the absorbed user, with the survivor's row in it. */
export interface EnrollmentFound {
  readonly course: string;
  readonly name: string;
  readonly rule: OutcomeRule;
  readonly takes: boolean;
  readonly survivor: PreviewOutcome | null;
  readonly redundant: PreviewOutcome;
}

/** What the two users of a merge have. */
export interface PairRecords {
  readonly different: { readonly at: string; readonly by: string | null } | null;
  readonly enrollments: readonly EnrollmentFound[];
  readonly otherEnrollments: number;
  readonly credits: readonly PreviewCredit[];
  readonly identities: readonly PreviewIdentity[];
  readonly absorbedEarlier: readonly PreviewAbsorbed[];
}

/** The records, identities and earlier accounts of both users, and whether they were recorded as different people. */
export async function pairRecords(
  db: Queryable,
  o: { readonly survivorId: string; readonly absorbedId: string; readonly take: Take },
): Promise<PairRecords> {
  const values = [o.survivorId, o.absorbedId, JSON.stringify(o.take)];
  const enrollments = await db.query<EnrollmentFound>(ENROLLMENTS, values);
  const credits = await db.query<PreviewCredit>(CREDITS, values);
  const identities = await db.query<PreviewIdentity>(IDENTITIES, values);
  const users = values.slice(0, 2);
  const absorbed = await db.query<Omit<PreviewAbsorbed, 'by'> & { readonly by: Side }>(
    ABSORBED,
    users,
  );
  const others = await db.query<{ n: number }>(OTHERS, users);
  const different = await db.query<{ at: Date; by: string | null }>(DIFFERENT_PEOPLE, users);
  const [said] = different.rows;
  return {
    different: said === undefined ? null : { at: said.at.toISOString(), by: said.by },
    enrollments: enrollments.rows,
    otherEnrollments: others.rows[0]?.n ?? 0,
    credits: credits.rows,
    identities: identities.rows,
    absorbedEarlier: absorbed.rows,
  };
}

const DIFFERENT_PEOPLE = `
  select d.at, a.name as by
  from (values ($1::uuid, $2::uuid)) p(survivor, absorbed)
  join ${DIFFERENT}
  left join admin a on a.id = d.actor_id`;

const outcome = (row: string): string =>
  `case when ${row}.id is not null then jsonb_build_object('status', ${row}.status, 'progress', ${row}.progress,
    'score', ${row}.score, 'completedAt', ${row}.completed_at) end`;

const ENROLLMENTS = `
  select c.code as course, c.name, o.rule, coalesce(o.takes, false) as takes,
    ${outcome('s')} as survivor, ${outcome('a')} as redundant
  from (${enrollmentOutcomes(FROM, 'line')}) o
  join enrollment a on a.id = o.id
  join course c on c.id = a.course_id
  left join enrollment s on s.id = o.survivor_row
  order by c.code_key`;

const OTHERS = `
  select count(*)::int as n from enrollment s
  where s.user_id = $1 and s.tombstoned_by is null and not exists (
    select from enrollment a where a.user_id = $2 and a.course_id = s.course_id and a.tombstoned_by is null)`;

const CREDITS = `
  select c.title, c.provider, c.credits::float8 as credits, c.earned_on::text as "earnedOn",
    case when o.twin is null then 'moves' else 'double' end as becomes
  from (${creditOutcomes(FROM, 'line')}) o join external_credit c on c.id = o.id
  order by c.earned_on desc, c.title`;

/** All numbers of the two, those first that speak. In a source where the survivor has one, that one speaks. */
const IDENTITIES = `
  with voice as (${voices(FROM, 'line')})
  select s.name as source, i.external_id as "externalId",
    case when i.user_id = $1 then 'survivor' else 'redundant' end as "from",
    i.user_id = $1 or exists (select from voice v
      where v.source_id = i.source_id and v.external_id = i.external_id) as speaks
  from identity i join source s on s.id = i.source_id
  where i.user_id in ($1, $2)
  order by s.name, speaks desc, i.external_id`;

const ABSORBED = `
  select u.id, u.code, coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), '')) as name,
    case when u.merged_into_id = $1 then 'survivor' else 'redundant' end as by, m.id as "mergeId"
  from "user" u left join merge m on m.absorbed_id = u.id and m.unmerged_at is null
  where u.merged_into_id in ($1, $2) order by u.id limit 100`;
