import { quoted } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about courses, enrollments and external credits. */
export const RECORD_WORDS = {
  listCourses: () => 'rollcall courses list',
  showCourse: ({ code }) => `rollcall courses show ${quoted(code)}`,
  createCourse: () => 'rollcall courses create SAFETY --name "Safety at work"',
  reopenCourse: ({ code }) => `rollcall courses archive ${quoted(code)} --undo`,
  listEnrollments: ({ user }) => `rollcall enrollments list ${quoted(user)}`,
  listCredits: ({ user }) => `rollcall credits list ${quoted(user)}`,
  editCredit: ({ user, credit }) => `rollcall credits edit ${quoted(user)} ${credit}`,
} as const satisfies SomeWords;
