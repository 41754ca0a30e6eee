import type { Outcome } from '../../domain/records/enrollment';
import type { EnrollmentStatus } from '../../domain/records/statuses';
import { newId } from '../database/db';
import type { Prisma } from '../generated/client';
import type { UserTx } from '../users/userWrites';

/** Where enrollments are read: Prisma's client, or one of its transactions. */
export type EnrollmentReader = Pick<UserTx, 'enrollment'>;

/** The current row of a person in a course. */
export interface EnrollmentRow extends Outcome {
  readonly id: string;
  readonly userId: string;
  readonly courseId: string;
  readonly course: { readonly code: string; readonly name: string };
  readonly enrolledAt: Date;
  readonly viaUserId: string | null;
  readonly version: number;
}

export interface EnrollmentChoice {
  readonly userId: string;
  readonly courseId?: string;
  readonly status?: EnrollmentStatus;
}

/** A page of a person's enrollments in the order of the courses' codes; `after`: the key of a code. */
export async function selectEnrollments(
  db: EnrollmentReader,
  o: { readonly choice: EnrollmentChoice; readonly limit: number; readonly after: string | null },
): Promise<EnrollmentRow[]> {
  const { after, limit, choice } = o;
  const rows = await db.enrollment.findMany({
    where: {
      ...currentOf(choice),
      ...(after === null ? {} : { course: { codeKey: { gt: after } } }),
    },
    include: WITH_COURSE,
    orderBy: { course: { codeKey: 'asc' } },
    take: limit,
  });
  return rows.map(rowOf);
}

export async function countEnrollments(
  db: EnrollmentReader,
  choice: EnrollmentChoice,
): Promise<number> {
  return db.enrollment.count({ where: currentOf(choice) });
}

/** The current row of this person in this course. */
export async function findEnrollment(
  db: EnrollmentReader,
  o: { readonly userId: string; readonly courseId: string },
): Promise<EnrollmentRow | null> {
  const row = await db.enrollment.findFirst({ where: currentOf(o), include: WITH_COURSE });
  return row === null ? null : rowOf(row);
}

/**
 * Creates a row of version 1 of a locked user. `viaUserId`: the absorbed account by which the person was
 * named.
 */
export async function insertEnrollment(
  tx: UserTx,
  o: {
    readonly userId: string;
    readonly courseId: string;
    readonly viaUserId: string | null;
    readonly outcome: Outcome;
  },
): Promise<void> {
  const { outcome, ...row } = o;
  await tx.enrollment.create({ data: { id: newId(), ...row, ...columnsOf(outcome) } });
}

/** Writes a row of a locked user: the version grows by one. */
export async function updateEnrollment(tx: UserTx, id: string, outcome: Outcome): Promise<void> {
  await tx.enrollment.update({
    where: { id },
    data: { ...columnsOf(outcome), version: { increment: 1 } },
  });
}

/**
 * Keeps a course from being archived until commit and says whether it is. `null`: there is no such course.
 */
export async function holdCourse(
  tx: UserTx,
  id: string,
): Promise<{ readonly archived: boolean } | null> {
  const [row] = await tx.$queryRaw<{ archived: boolean }[]>`
    select archived_at is not null as archived from course where id = ${id}::uuid for share`;
  return row ?? null;
}

const WITH_COURSE = { course: { select: { code: true, name: true } } } as const;
type WithCourse = Prisma.EnrollmentGetPayload<{ include: typeof WITH_COURSE }>;

/** Rows that lost in a merge are not there. */
function currentOf(choice: EnrollmentChoice): Prisma.EnrollmentWhereInput {
  return { ...choice, tombstonedBy: null };
}

function rowOf({ score, completedAt, ...row }: WithCourse): EnrollmentRow {
  return {
    ...row,
    score: score === null ? null : score.toString(),
    completedAt: completedAt === null ? null : completedAt.toISOString().slice(0, 10),
  };
}

function columnsOf({ status, progress, score, completedAt }: Outcome): {
  readonly status: EnrollmentStatus;
  readonly progress: number | null;
  readonly score: string | null;
  readonly completedAt: Date | null;
} {
  return {
    ...{ status, progress, score },
    completedAt: completedAt === null ? null : new Date(`${completedAt}T00:00:00Z`),
  };
}
