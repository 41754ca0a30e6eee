/**
 * The statuses of an enrollment, as they are stored. Of two rows of one person in one course, a merge keeps
 * the outcome with the higher rank.
 */
export const ENROLLMENT_STATUSES = {
  enrolled: { rank: 2, words: 'enrolled' },
  in_progress: { rank: 3, words: 'in progress' },
  completed: { rank: 4, words: 'completed' },
  cancelled: { rank: 1, words: 'cancelled' },
} as const satisfies Record<string, { readonly rank: number; readonly words: string }>;
export type EnrollmentStatus = keyof typeof ENROLLMENT_STATUSES;

/** In the order of a course: enrolled, in progress, completed, cancelled. */
export const ENROLLMENT_STATUS_NAMES = Object.keys(ENROLLMENT_STATUSES).filter(
  (name): name is EnrollmentStatus => Object.hasOwn(ENROLLMENT_STATUSES, name),
);

/** From the worst to the best. */
export const STATUSES_BY_RANK = [...ENROLLMENT_STATUS_NAMES].sort(
  (a, b) => ENROLLMENT_STATUSES[a].rank - ENROLLMENT_STATUSES[b].rank,
);

/** Other spellings of a status, without spaces and hyphens. */
const SPELLINGS: ReadonlyMap<string, EnrollmentStatus> = new Map([
  ['canceled', 'cancelled'],
  ['inprogress', 'in_progress'],
  ['complete', 'completed'],
]);

/** The status that a text names, in any case and with spaces or hyphens: `In Progress`. */
export function enrollmentStatus(text: string): EnrollmentStatus | null {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return (
    ENROLLMENT_STATUS_NAMES.find((name) => name === wanted) ??
    SPELLINGS.get(wanted.replaceAll('_', '')) ??
    null
  );
}
