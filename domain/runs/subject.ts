/**
 * What the rows of a run are about. The kind of a run says how its rows are read. Its subject says
 * which tables they are compared with and written to. How a subject is added: docs/decisions/0009.
 */
export const RUN_SUBJECTS = ['users', 'enrollments', 'credits', 'merges'] as const;
export type RunSubject = (typeof RUN_SUBJECTS)[number];

/**
 * The subject whose reads measure the next read of a source: the last good run, who is present,
 * which columns were filled, and whether the source is linked to any user yet.
 */
export const MEASURED_SUBJECT = 'users' satisfies RunSubject;
