import type { EnrollmentStatus } from '../../domain/records/statuses';
import { countCredits, selectCredits, type CreditRow } from '../../store/records/credits';
import {
  countEnrollments,
  selectEnrollments,
  type EnrollmentRow,
} from '../../store/records/enrollments';
import type { OperationContext } from '../context';

/** The current enrollment of a person in a course, as it is shown. */
export interface EnrollmentView {
  readonly id: string;
  readonly userId: string;
  /** The code of the course. */
  readonly course: string;
  readonly courseName: string;
  readonly status: EnrollmentStatus;
  /** Percent. */
  readonly progress: number | null;
  readonly score: number | null;
  /** ISO 8601 instant. */
  readonly enrolledAt: string;
  /** The day of completion, `YYYY-MM-DD`. */
  readonly completedAt: string | null;
  /** The absorbed account by which the person was named when the enrollment was made. */
  readonly viaUserId: string | null;
  readonly version: number;
}

/** What a person learned elsewhere, as it is shown. */
export interface CreditView {
  readonly id: string;
  readonly userId: string;
  readonly title: string;
  readonly provider: string;
  readonly credits: number;
  /** `YYYY-MM-DD`. */
  readonly earnedOn: string;
  /** An https address. It is shown, and never fetched. */
  readonly evidenceUrl: string | null;
  /** ISO 8601 instant. */
  readonly createdAt: string;
  /** The absorbed account by which the person was named when the credit was added. */
  readonly viaUserId: string | null;
  readonly version: number;
}

/** The learner records that a user is shown with. */
export interface UserRecords {
  /** The first hundred by code of the course, and how many there are. */
  readonly enrollments: readonly EnrollmentView[];
  readonly enrollmentCount: number;
  /** The newest hundred, and how many there are. */
  readonly credits: readonly CreditView[];
  readonly creditCount: number;
}

/** A person may have ten thousand; the commands for enrollments and credits list all. */
const MAX_SHOWN = 100;

/** The learner records of a user that the actor reaches. */
export async function recordsOf(context: OperationContext, userId: string): Promise<UserRecords> {
  const prisma = await context.db.prisma();
  const page = { limit: MAX_SHOWN, after: null };
  const [enrollments, credits] = await Promise.all([
    selectEnrollments(prisma, { choice: { userId }, ...page }),
    selectCredits(prisma, { userId, ...page }),
  ]);
  const isFull = (rows: readonly unknown[]): boolean => rows.length === MAX_SHOWN;
  return {
    enrollments: enrollments.map(enrollmentView),
    enrollmentCount: isFull(enrollments)
      ? await countEnrollments(prisma, { userId })
      : enrollments.length,
    credits: credits.map(creditView),
    creditCount: isFull(credits) ? await countCredits(prisma, userId) : credits.length,
  };
}

export function enrollmentView(row: EnrollmentRow): EnrollmentView {
  const { id, userId, course, status, progress, score, enrolledAt, completedAt } = row;
  return {
    ...{ id, userId, course: course.code, courseName: course.name, status, progress },
    score: score === null ? null : Number(score),
    enrolledAt: enrolledAt.toISOString(),
    completedAt,
    viaUserId: row.viaUserId,
    version: row.version,
  };
}

export function creditView({ credits, createdAt, ...row }: CreditRow): CreditView {
  const { id, userId, title, provider, earnedOn, evidenceUrl, viaUserId, version } = row;
  return {
    ...{ id, userId, title, provider, credits: Number(credits), earnedOn, evidenceUrl },
    ...{ createdAt: createdAt.toISOString(), viaUserId, version },
  };
}
