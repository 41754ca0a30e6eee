import { Fault } from '../../domain/faults';
import { requirePermission } from '../../domain/permissions';
import { MAX_COURSE_CODE_CHARS, MAX_COURSE_NAME_CHARS } from '../../domain/records/course';
import type { EnrollmentStatus } from '../../domain/records/statuses';
import { Faults } from '../../domain/severalFaults';
import { shown } from '../../domain/shown';
import { audit, type AuditChanges } from '../../store/database/audit';
import { transaction, type Tx } from '../../store/database/db';
import {
  archiveCourse as writeArchived,
  countEnrolled,
  courseCodes,
  findCourse,
  insertCourse,
  selectCourses,
  updateCourse,
  type CourseRow,
} from '../../store/records/courses';
import { actorOf } from '../actor';
import type { OperationContext } from '../context';
import { scopeFor } from '../users/userScope';
import { pageFrom, pageOf, type ListPage } from '../pages';
import { knownCourse, unknownCourse } from './recordValues';

/** A course as it is shown. */
export interface CourseView {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  /** ISO 8601 instant; `null`: people can be enrolled. */
  readonly archivedAt: string | null;
  readonly createdAt: string;
}

/** With how many people within the reach of the reader have each status in it. */
export interface ShownCourse extends CourseView {
  readonly people: Readonly<Record<EnrollmentStatus, number>>;
}

export interface CourseList {
  readonly courses: readonly CourseView[];
  /** The cursor of the next page; `null` on the last. */
  readonly next: string | null;
}

export interface ListCourses extends ListPage {
  /** Archived ones, too. */
  readonly all?: boolean;
}

export interface CreateCourse {
  /** Unique without regard to case: files and filters name the course by it. */
  readonly code: string;
  readonly name: string;
}

export interface RenameCourse {
  readonly course: string;
  readonly name?: string;
  /** The new code. */
  readonly code?: string;
}

/** Faults: `usage` (all at once), `conflict` where a course has the code. */
export async function createCourse(
  context: OperationContext,
  input: CreateCourse,
): Promise<CourseView> {
  requirePermission(context.level, 'courses.write');
  const { code, name } = checked(input);
  return transaction(context.db, async (tx) => {
    const id = await insertCourse(tx, { code, name });
    if (id === null) throw exists(code);
    const changes = { code: [null, code], name: [null, name] } as const;
    await tell(context, tx, { action: 'course.create', id, changes });
    return shownNow(tx, code);
  });
}

/** A page of courses by code, archived ones only with `all`. */
export async function listCourses(
  context: OperationContext,
  input: ListCourses = {},
): Promise<CourseList> {
  requirePermission(context.level, 'courses.read');
  const { limit, after } = pageOf(input, { isPlace: () => true });
  const found = await selectCourses(context.db.pool, {
    archived: input.all === true,
    limit: limit + 1,
    after,
  });
  const { rows, next } = pageFrom(found, { limit, place: ({ code }) => code });
  return { courses: rows.map(view), next };
}

/** @throws Fault not_found */
export async function showCourse(context: OperationContext, code: string): Promise<ShownCourse> {
  const scope = await scopeFor(context, 'courses.read');
  const course = await knownCourse(context, code);
  const people = await countEnrolled(context.db.pool, { courseId: course.id, scope });
  return { ...view(course), people };
}

/**
 * Gives a course another name or code. Enrollments stay with the course; the old code finds it no more.
 * Writes nothing when nothing changes. Faults: `usage`, `not_found`, `conflict` where another course has the
 * code.
 */
export async function renameCourse(
  context: OperationContext,
  input: RenameCourse,
): Promise<CourseView> {
  requirePermission(context.level, 'courses.write');
  const { course } = input;
  const given = checked(input);
  return transaction(context.db, async (tx) => {
    const row = await locked(tx, course);
    const { code = row.code, name = row.name } = given;
    const other = await findCourse(tx, code);
    if (other !== null && other.id !== row.id) throw exists(code);
    const changes: AuditChanges = {
      ...(code === row.code ? {} : { code: [row.code, code] }),
      ...(name === row.name ? {} : { name: [row.name, name] }),
    };
    if (Object.keys(changes).length === 0) return view(row);
    await updateCourse(tx, { id: row.id, code, name });
    await tell(context, tx, { action: 'course.rename', id: row.id, changes });
    return shownNow(tx, code);
  });
}

/**
 * Archives a course: nobody new is enrolled, and what is recorded stays. With `undo` people can be enrolled
 * again.
 */
export async function archiveCourse(
  context: OperationContext,
  input: { readonly course: string; readonly undo?: boolean },
): Promise<CourseView> {
  requirePermission(context.level, 'courses.write');
  const archived = input.undo !== true;
  return transaction(context.db, async (tx) => {
    const row = await locked(tx, input.course);
    if ((row.archivedAt !== null) === archived) return view(row);
    await writeArchived(tx, { id: row.id, archived });
    await tell(context, tx, {
      action: archived ? 'course.archive' : 'course.unarchive',
      id: row.id,
      changes: { archived: [!archived, archived] },
    });
    return shownNow(tx, row.code);
  });
}

async function locked(tx: Tx, code: string): Promise<CourseRow> {
  const row = await findCourse(tx, code.replaceAll('\0', ''), 'update');
  if (row === null) throw unknownCourse(code, await courseCodes(tx));
  return row;
}

async function shownNow(tx: Tx, code: string): Promise<CourseView> {
  const row = await findCourse(tx, code);
  if (row === null) throw unknownCourse(code, []);
  return view(row);
}

async function tell(
  context: OperationContext,
  tx: Tx,
  o: { readonly action: string; readonly id: string; readonly changes: AuditChanges },
): Promise<void> {
  const { id, ...event } = o;
  await audit(tx, { ...actorOf(context), ...event, subjectType: 'course', subjectId: id });
}

function view({ archivedAt, createdAt, ...course }: CourseRow): CourseView {
  return {
    ...course,
    archivedAt: archivedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}

const MOST = { code: MAX_COURSE_CODE_CHARS, name: MAX_COURSE_NAME_CHARS } as const;

/** Code and name as they are stored, of those that are given. */
function checked<T extends { readonly code?: string; readonly name?: string }>(
  given: T,
): Pick<T, 'code' | 'name'> {
  const faults = new Faults();
  const [code, name] = [trimmed(given.code), trimmed(given.name)];
  for (const [what, text] of [['code', code] as const, ['name', name] as const]) {
    const most = MOST[what];
    if (text === undefined) continue;
    if (text !== '' && text.length <= most && !/[\p{Cc}\p{Cf}]/u.test(text)) continue;
    const message = `The ${what} of a course has 1 to ${String(most)} characters, and none that cannot be seen.`;
    faults.add(
      what,
      new Fault('usage', { code: `bad_${what}`, message, next: { do: 'createCourse' } }),
    );
  }
  faults.refuse();
  return {
    ...given,
    ...(code === undefined ? {} : { code }),
    ...(name === undefined ? {} : { name }),
  };
}

function trimmed(text: string | undefined): string | undefined {
  return text?.trim().replace(/\s+/g, ' ');
}

function exists(code: string): Fault {
  return new Fault('conflict', {
    code: 'course_exists',
    message: `There is a course ${shown(code)} already.`,
    next: { do: 'showCourse', code },
  });
}
