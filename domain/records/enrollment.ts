import { ENROLLMENT_STATUSES, type EnrollmentStatus } from './statuses';
import { readDay, readProgress, readScore, readStatus, type RecordReader } from './values';

/** What a person or a file says about an enrollment → how it is read. */
export const ENROLLMENT_VALUES = {
  status: readStatus,
  progress: readProgress,
  score: readScore,
  completedAt: (text) => readDay(text),
} as const satisfies Record<string, RecordReader>;
export type EnrollmentField = keyof typeof ENROLLMENT_VALUES;

/** The outcome of a person in a course. Decimals as text, days as `YYYY-MM-DD`. */
export interface Outcome {
  readonly status: EnrollmentStatus;
  readonly progress: number | null;
  readonly score: string | null;
  readonly completedAt: string | null;
}

/** Values that are given; `null` clears one. */
export type OutcomeChanges = { readonly [F in keyof Outcome]?: Outcome[F] };

/**
 * The outcome after a change; `before` is null for a new enrollment. A completed course has the day that is
 * given, else the one that it had, else `today`. A cancelled enrollment keeps its day, so that one that was
 * cancelled by mistake comes back as it was. Any other status has no such day.
 */
export function outcomeAfter(
  before: Outcome | null,
  { changes, today }: { readonly changes: OutcomeChanges; readonly today: string },
): Outcome {
  const after = { ...(before ?? NO_OUTCOME), ...changes };
  const { status, progress, score } = after;
  return { status, progress, score, completedAt: dayAfter(after, today) };
}

const NO_OUTCOME: Outcome = {
  status: 'enrolled',
  progress: null,
  score: null,
  completedAt: null,
};

function dayAfter({ status, completedAt }: Outcome, today: string): string | null {
  if (status === 'completed') return completedAt ?? today;
  return status === 'cancelled' ? completedAt : null;
}

/** True where a day of completion is given beside a status that has none. */
export function hasStrayDay({ status, completedAt }: OutcomeChanges): boolean {
  return status !== undefined && status !== 'completed' && typeof completedAt === 'string';
}

/** True for equal outcomes. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  return (
    a.status === b.status &&
    a.progress === b.progress &&
    a.score === b.score &&
    a.completedAt === b.completedAt
  );
}

/**
 * Which of two outcomes of one person in one course is better: below 0 the first, above 0 the second,
 * 0 neither. The higher status, then the higher score, then the earlier completion.
 */
export function compareOutcomes(a: Outcome, b: Outcome): number {
  return (
    ENROLLMENT_STATUSES[b.status].rank - ENROLLMENT_STATUSES[a.status].rank ||
    Number(b.score ?? -1) - Number(a.score ?? -1) ||
    compareDays(a.completedAt, b.completedAt)
  );
}

function compareDays(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
