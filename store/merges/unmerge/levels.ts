/** Two users of a merge. */
export interface MergedPair {
  readonly survivorId: string;
  readonly absorbedId: string;
}

/**
 * The level of each merge, from 1, of merges in the order in which they are unmerged (newest first): those
 * of one level have no user in common, and a merge comes after those of its users that are newer.
 */
export function levelsOf(pairs: readonly MergedPair[]): number[] {
  const reached = new Map<string, number>();
  return pairs.map(({ survivorId, absorbedId }) => {
    const level = 1 + Math.max(reached.get(survivorId) ?? 0, reached.get(absorbedId) ?? 0);
    reached.set(survivorId, level);
    reached.set(absorbedId, level);
    return level;
  });
}
