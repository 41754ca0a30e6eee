/**
 * `uploads`: files that name no list; `list`: a named list of files; `connector`: a polled source;
 * `admin`: commands of an admin.
 */
export type SourceKind = 'uploads' | 'list' | 'connector' | 'admin';

/**
 * Kinds whose reads always hold the same set of people, so that each read is measured by the last
 * one.
 */
export const NAMED_SOURCE_KINDS = ['list', 'connector'] as const satisfies readonly SourceKind[];

/** True for a named list and a polled source. */
export function isNamed(kind: string): boolean {
  return NAMED_SOURCE_KINDS.some((named) => named === kind);
}
