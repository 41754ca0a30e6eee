import { Fault } from '../../domain/faults';
import {
  ENROLLMENT_VALUES,
  hasStrayDay,
  outcomeAfter,
  sameOutcome,
  type Outcome,
  type OutcomeChanges,
} from '../../domain/records/enrollment';
import { courseKey } from '../../domain/records/course';
import {
  enrollmentStatus,
  ENROLLMENT_STATUSES,
  ENROLLMENT_STATUS_NAMES,
  type EnrollmentStatus,
} from '../../domain/records/statuses';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { DEFAULT_TIME_ZONE, dayIn } from '../../domain/zones';
import type { CourseRow } from '../../store/records/courses';
import {
  findEnrollment,
  holdCourse,
  insertEnrollment,
  selectEnrollments,
  updateEnrollment,
  type EnrollmentRow,
} from '../../store/records/enrollments';
import { auditUser, writingUsers, type UserTx } from '../../store/users/userWrites';
import type { OperationContext } from '../context';
import { userEvent } from '../users/users';
import { lockWithin, resolveUser, scopeFor } from '../users/userScope';
import { enrollmentView, type EnrollmentView } from './recordViews';
import { pageFrom, pageOf, type ListPage } from '../pages';
import { changesOf, knownCourse, readValues, type RecordChange, type Typed } from './recordValues';

/** An enrollment after a command about it. */
export interface ChangedEnrollment extends EnrollmentView {
  readonly change: RecordChange;
}

export interface EnrollmentList {
  readonly userId: string;
  readonly enrollments: readonly EnrollmentView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

export interface ListEnrollments extends ListPage {
  readonly user: string;
  /** The code of a course. */
  readonly course?: string;
  readonly status?: string;
}

export interface SetEnrollment {
  readonly user: string;
  /** The code of the course. */
  readonly course: string;
  readonly status: string;
  /** 0 to 99999.99, with at most two decimals. */
  readonly score?: Typed;
  /** 0 to 100. */
  readonly progress?: Typed;
  /** `YYYY-MM-DD`; today where a course is completed that was not, unless given. */
  readonly completedAt?: string;
  readonly clear?: readonly ('score' | 'progress')[];
  /** The version that the change was made from: refused where the enrollment has another one. */
  readonly ifVersion?: number;
}

/** A page of a person's enrollments by code of the course. Rows that lost in a merge are not listed. */
export async function listEnrollments(
  context: OperationContext,
  input: ListEnrollments,
): Promise<EnrollmentList> {
  const scope = await scopeFor(context, 'records.read');
  const { limit, after } = pageOf(input, { isPlace: () => true });
  const status = input.status === undefined ? undefined : statusOf(input.status);
  const { survivorId: userId } = await resolveUser(context, input.user, scope);
  const course = input.course === undefined ? null : await knownCourse(context, input.course);
  const found = await selectEnrollments(await context.db.prisma(), {
    choice: {
      userId,
      ...(course === null ? {} : { courseId: course.id }),
      ...(status === undefined ? {} : { status }),
    },
    limit: limit + 1,
    after,
  });
  const { rows, next } = pageFrom(found, { limit, place: (row) => courseKey(row.course.code) });
  return { userId, enrollments: rows.map(enrollmentView), next };
}

/**
 * Enrolls a person in a course, or changes the enrollment that there is: a person has one for each course.
 * Values that are not given stay. A cancelled one is taken up again. Writes nothing when nothing changes.
 * Faults (all at once): `usage`, `not_found`; `conflict` for an archived course that the person is not in,
 * and for another version than expected.
 */
export async function setEnrollment(
  context: OperationContext,
  input: SetEnrollment & {
    /** In which a day is today; UTC unless given. */
    readonly timeZone?: string;
  },
): Promise<ChangedEnrollment> {
  const scope = await scopeFor(context, 'records.write');
  const person = await resolveUser(context, input.user, scope);
  const faults = new Faults();
  const changes = outcomeGiven(input, faults);
  const course = await courseFor(context, input.course, faults);
  const today = dayIn(input.timeZone ?? DEFAULT_TIME_ZONE, new Date());
  return writingUsers(context.db, async (tx) => {
    // A merge waits for this lock, and after a merge it is the survivor's: no row lands on an absorbed account.
    const user = await lockWithin(tx, person.survivorId, scope);
    const isArchived = await isArchivedFrom(tx, course);
    const key = { userId: user.id, courseId: course.id };
    const row = await findEnrollment(tx, key);
    const found = new Faults(faults.found);
    if (isArchived && takesUp(row, changes)) found.add('course', archived(course));
    const { ifVersion = row?.version } = input;
    if (ifVersion !== row?.version) found.add(null, enrollmentChanged(row, input));
    found.refuse();
    const after = outcomeAfter(row, { changes, today });
    if (row === null) {
      const viaUserId = person.id === user.id ? null : person.id;
      await insertEnrollment(tx, { ...key, viaUserId, outcome: after });
    } else if (sameOutcome(row, after)) {
      return { ...enrollmentView(row), change: 'unchanged' };
    } else {
      await updateEnrollment(tx, row.id, after);
    }
    await tell(context, tx, {
      action: 'enrollment.set',
      userId: user.id,
      course,
      before: row,
      after,
    });
    const change = row === null ? 'created' : 'updated';
    return { ...enrollmentView(await existing(tx, key)), change };
  });
}

/**
 * Cancels an enrollment: score, progress and days stay, and a later `setEnrollment` takes it up again.
 * Faults: `not_found`.
 */
export async function removeEnrollment(
  context: OperationContext,
  input: { readonly user: string; readonly course: string },
): Promise<ChangedEnrollment> {
  const scope = await scopeFor(context, 'records.write');
  const person = await resolveUser(context, input.user, scope);
  const course = await knownCourse(context, input.course);
  return writingUsers(context.db, async (tx) => {
    const user = await lockWithin(tx, person.survivorId, scope);
    const key = { userId: user.id, courseId: course.id };
    const row = await findEnrollment(tx, key);
    if (row === null) throw notEnrolled(course, input.user);
    if (row.status === 'cancelled') return { ...enrollmentView(row), change: 'unchanged' };
    const after: Outcome = { ...outcomeOf(row), status: 'cancelled' };
    await updateEnrollment(tx, row.id, after);
    await tell(context, tx, {
      ...{ action: 'enrollment.remove', userId: user.id },
      ...{ course, before: row, after },
    });
    return { ...enrollmentView(await existing(tx, key)), change: 'updated' };
  });
}

/** What is given of an outcome, as it is stored. */
function outcomeGiven(input: SetEnrollment, faults: Faults): OutcomeChanges {
  const { clear = [], status: typed, progress, score, completedAt } = input;
  const given = readValues(ENROLLMENT_VALUES, {
    given: { status: typed, progress, score, completedAt },
    faults,
  });
  for (const field of clear.filter((name) => input[name] !== undefined)) {
    const message = `${field} is given twice; set it or clear it.`;
    faults.add(field, new Fault('usage', { code: 'given_twice', message }));
  }
  const status = given.status === undefined ? null : enrollmentStatus(given.status);
  const changes: OutcomeChanges = {
    ...(status === null ? {} : { status }),
    ...(given.progress === undefined ? {} : { progress: Number(given.progress) }),
    ...(given.score === undefined ? {} : { score: given.score }),
    ...(given.completedAt === undefined ? {} : { completedAt: given.completedAt }),
    ...Object.fromEntries(clear.map((field) => [field, null])),
  };
  if (hasStrayDay(changes)) {
    const message =
      'Only a completed course has a day of completion: give the status completed, or no day.';
    faults.add('completedAt', new Fault('usage', { code: 'stray_day', message }));
  }
  return changes;
}

/** A status in any case. Faults: `usage`. */
function statusOf(given: string): EnrollmentStatus {
  const status = enrollmentStatus(given);
  if (status !== null) return status;
  throw new Fault('usage', {
    code: 'unknown_status',
    message: `status has to be one of ${ENROLLMENT_STATUS_NAMES.join(', ')}, not ${shown(given)}.`,
  });
}

/** The course; without one, all faults so far are thrown. */
async function courseFor(
  context: OperationContext,
  code: string,
  faults: Faults,
): Promise<CourseRow> {
  const found: CourseRow[] = [];
  await faults.tries('course', async () => {
    found.push(await knownCourse(context, code));
  });
  const [course] = found;
  if (course !== undefined) return course;
  faults.refuse();
  throw new Error('a course that is not there without its fault');
}

/** Whether the course is archived, which then does not change until commit. */
async function isArchivedFrom(tx: UserTx, course: CourseRow): Promise<boolean> {
  return (await holdCourse(tx, course.id))?.archived ?? true;
}

/** True where a person comes into a course: new, or again after the enrollment was cancelled. */
function takesUp(row: EnrollmentRow | null, { status }: OutcomeChanges): boolean {
  return (row === null || row.status === 'cancelled') && status !== 'cancelled';
}

async function existing(
  tx: UserTx,
  key: { readonly userId: string; readonly courseId: string },
): Promise<EnrollmentRow> {
  const row = await findEnrollment(tx, key);
  if (row === null) throw new Error('an enrollment that was just written is not there');
  return row;
}

async function tell(
  context: OperationContext,
  tx: UserTx,
  o: {
    readonly action: string;
    readonly userId: string;
    readonly course: CourseRow;
    readonly before: EnrollmentRow | null;
    readonly after: Outcome;
  },
): Promise<void> {
  const { action, userId, course, before, after } = o;
  const changes = changesOf(`enrollments.${course.code}`, {
    before: before === null ? null : audited(outcomeOf(before)),
    after: audited(after),
  });
  await auditUser(tx, userEvent(context, { action, userId, changes }));
}

function outcomeOf({ status, progress, score, completedAt }: EnrollmentRow): Outcome {
  return { status, progress, score, completedAt };
}

/** Numbers as numbers, as documents show them. */
function audited(outcome: Outcome): object {
  return { ...outcome, score: outcome.score === null ? null : Number(outcome.score) };
}

function archived({ code, name }: CourseRow): Fault {
  return new Fault('conflict', {
    code: 'course_archived',
    message: `The course ${shown(code)} (${name}) is archived: nobody new is enrolled in it.`,
    next: { do: 'reopenCourse', code },
  });
}

function notEnrolled({ code }: CourseRow, user: string): Fault {
  return new Fault('not_found', {
    code: 'enrollment_not_found',
    message: `This person is not enrolled in ${shown(code)}.`,
    next: { do: 'listEnrollments', user },
  });
}

/** `row`: as it is now; `null`: there is none. */
function enrollmentChanged(row: EnrollmentRow | null, { user, ifVersion }: SetEnrollment): Fault {
  const now =
    row === null
      ? 'there is none now'
      : `it has version ${String(row.version)} now: ${outcomeText(row)}`;
  return new Fault('conflict', {
    code: 'enrollment_changed',
    message: `The change is for version ${String(ifVersion)} of the enrollment, and ${now}.`,
    next: { do: 'listEnrollments', user },
    details: {
      version: row?.version ?? null,
      enrollment: row === null ? null : enrollmentView(row),
    },
  });
}

function outcomeText({ status, progress, score, completedAt }: Outcome): string {
  return [
    ENROLLMENT_STATUSES[status].words,
    ...(completedAt === null ? [] : [completedAt]),
    ...(score === null ? [] : [`score ${score}`]),
    ...(progress === null ? [] : [`progress ${String(progress)} %`]),
  ].join(', ');
}
