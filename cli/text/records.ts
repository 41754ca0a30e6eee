import type { CourseView, ShownCourse } from '../../operations/records/courses';
import type { CreditView, EnrollmentView, UserRecords } from '../../operations/records/recordViews';
import { ENROLLMENT_STATUSES, ENROLLMENT_STATUS_NAMES } from '../../domain/records/statuses';
import { quoted } from '../../domain/shown';
import { count, pairs, table, minute } from '../output';

/** A list of courses for people. */
export function coursesText(courses: readonly CourseView[]): string {
  if (courses.length === 0) return 'No courses.\n';
  return table(
    ['code', 'name', 'archived (UTC)'],
    courses.map(({ code, name, archivedAt }) => [
      ...[code, name],
      archivedAt === null ? null : minute(archivedAt),
    ]),
  );
}

/** One course for people, with how many people are in it where that is known. */
export function courseText(course: CourseView & Partial<Pick<ShownCourse, 'people'>>): string {
  const { code, name, archivedAt, createdAt, id, people } = course;
  return pairs([
    ['code', code],
    ['name', name],
    ...(archivedAt === null ? [] : [['archived', `${minute(archivedAt)} UTC`] as const]),
    ...(people === undefined
      ? []
      : ENROLLMENT_STATUS_NAMES.map(
          (status) => [ENROLLMENT_STATUSES[status].words, count(people[status])] as const,
        )),
    ['id', id],
    ['created', `${minute(createdAt)} UTC`],
  ]);
}

/** Enrollments of a person for people. */
export function enrollmentsText(enrollments: readonly EnrollmentView[]): string {
  return table(
    ['course', 'name', 'status', 'progress', 'score', 'completed', 'enrolled', 'version'],
    enrollments.map((one) => [
      ...[one.course, one.courseName, ENROLLMENT_STATUSES[one.status].words],
      one.progress === null ? null : `${String(one.progress)} %`,
      ...[one.score, one.completedAt, one.enrolledAt.slice(0, 10), one.version],
    ]),
  );
}

/** Credits of a person for people. */
export function creditsText(credits: readonly CreditView[]): string {
  return table(
    ['title', 'provider', 'credits', 'earned', 'evidence', 'id'],
    credits.map(({ title, provider, credits: number, earnedOn, evidenceUrl, id }) => [
      ...[title, provider, number, earnedOn, evidenceUrl, id],
    ]),
  );
}

/** One credit for people. */
export function creditText(credit: CreditView): string {
  return pairs([
    ['title', credit.title],
    ['provider', credit.provider],
    ['credits', credit.credits],
    ['earned', credit.earnedOn],
    ['evidence', credit.evidenceUrl],
    ['id', credit.id],
    ['version', credit.version],
  ]);
}

/** Records of each kind that are shown with a user. */
const MAX_WITH_USER = 10;

/** The learner records of a user for people; `user`: how a command names the user. */
export function userRecordsText(records: UserRecords, user: string): string {
  const { enrollments, enrollmentCount, credits, creditCount } = records;
  const parts = [
    {
      what: 'enrollments',
      all: enrollmentCount,
      text: enrollmentsText(enrollments.slice(0, MAX_WITH_USER)),
    },
    { what: 'credits', all: creditCount, text: creditsText(credits.slice(0, MAX_WITH_USER)) },
  ];
  return parts
    .filter(({ all }) => all > 0)
    .map(({ what, all, text }) => {
      const more =
        all > MAX_WITH_USER
          ? `${count(all)} ${what} in all: rollcall ${what} list ${quoted(user)}\n`
          : '';
      return `\n${text}${more}`;
    })
    .join('');
}
