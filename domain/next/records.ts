/** Steps about courses, enrollments and external credits. `user` as it was given. */
export interface RecordSteps {
  listCourses: object;
  showCourse: { readonly code: string };
  /** How a course is created. */
  createCourse: object;
  reopenCourse: { readonly code: string };
  listEnrollments: { readonly user: string };
  listCredits: { readonly user: string };
  editCredit: { readonly user: string; readonly credit: string };
}

/** As `SHAPES` in `domain/next.ts`. */
export const RECORD_SHAPES = {
  listCourses: 'command',
  showCourse: 'command',
  createCourse: 'command',
  reopenCourse: 'command',
  listEnrollments: 'command',
  listCredits: 'command',
  editCredit: 'command',
} as const satisfies Record<keyof RecordSteps, 'command' | 'sentence'>;
