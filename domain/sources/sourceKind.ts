/**
 * `uploads`: files that name no list; `list`: a named list of files; `connector`: a polled source;
 * `admin`: what is done by hand.
 */
export type SourceKind = 'uploads' | 'list' | 'connector' | 'admin';

/** Kinds that hold one and the same set of people from read to read: each read is measured by the last. */
export const NAMED_SOURCE_KINDS = ['list', 'connector'] as const satisfies readonly SourceKind[];

/** True for a named list and a polled source. */
export function isNamed(kind: string): boolean {
  return NAMED_SOURCE_KINDS.some((named) => named === kind);
}
