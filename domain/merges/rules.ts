import type { UserField } from '../users/fields';

/** Which of two users a merge takes something from. */
export const SIDES = ['survivor', 'redundant'] as const;
export type Side = (typeof SIDES)[number];

/**
 * Why one of two enrollments in a course has the outcome that stays, in the order of the rules; `only`: the
 * survivor has none in this course.
 */
export const OUTCOME_RULES = [
  'only',
  'chosen',
  'status',
  'score',
  'completion',
  'survivor',
] as const;
export type OutcomeRule = (typeof OUTCOME_RULES)[number];

/** Columns of an enrollment that are its outcome: they are taken together, never mixed. */
export const OUTCOME_COLUMNS = [
  'status',
  'progress',
  'score',
  'enrolled_at',
  'completed_at',
] as const;

/** Begins the choice of a course in `--take course:CODE=redundant`. */
export const COURSE_CHOICE = 'course:';

/** The most enrollments that the two users of a pair may have together. */
export const MAX_PAIR_ENROLLMENTS = 10_000;

/** Days for which a merge can be taken back. */
export const UNMERGE_DAYS = 180;

/** Fields that a merge never fills from the absorbed account by itself. */
export const NEVER_FILLED = ['status'] as const satisfies readonly UserField[];

/** Why a pair of users is not merged, as `plan_entry.reason` and `entry_outcome.reason` say it. */
export const PAIR_PROBLEMS = [
  'nobody',
  'several',
  'same_person',
  'merged_already',
  'merged_elsewhere',
  'cycle',
  'two_survivors',
  'status_differs',
  'too_many_enrollments',
  'linked_admin',
  'changed_since_shown',
  'changed_since',
  'last_owner',
] as const;
export type PairProblem = (typeof PAIR_PROBLEMS)[number];
