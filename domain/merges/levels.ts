/** A pair of a run: one user is absorbed by another one. Lines are unique. */
export interface PairOfRun {
  readonly line: number;
  readonly survivor: string;
  readonly absorbed: string;
}

/**
 * Where a pair stands among the others of its run. `level`, from 1: pairs of one level have no user in
 * common, and those of lower levels come first. Otherwise why the pair does not go on, and the line of the
 * pair that is in its way.
 */
export type PlaceOfPair =
  | { readonly line: number; readonly level: number }
  | {
      readonly line: number;
      readonly problem: 'same_pair' | 'two_survivors' | 'cycle';
      readonly other: number;
    };

/**
 * Orders pairs that share users: A into B before B into C, and one after the other where several go into one.
 * A user who would be absorbed twice, and pairs that lead round in a circle, are problems.
 */
export function placePairs(pairs: readonly PairOfRun[]): PlaceOfPair[] {
  const byAbsorbed = new Map<string, PairOfRun[]>();
  for (const pair of pairs) {
    const same = byAbsorbed.get(pair.absorbed);
    if (same === undefined) byAbsorbed.set(pair.absorbed, [pair]);
    else same.push(pair);
  }
  const placed: PlaceOfPair[] = [];
  const once = new Map<string, PairOfRun>();
  for (const same of byAbsorbed.values()) {
    const [first, ...others] = [...same].sort((a, b) => a.line - b.line);
    if (first === undefined) continue;
    const parted = others.find(({ survivor }) => survivor !== first.survivor);
    if (parted === undefined) {
      once.set(first.absorbed, first);
      placed.push(
        ...others.map(({ line }) => ({ line, problem: 'same_pair', other: first.line }) as const),
      );
    } else {
      placed.push(
        ...same.map(
          ({ line, survivor }) =>
            ({
              line,
              problem: 'two_survivors',
              other: survivor === first.survivor ? parted.line : first.line,
            }) as const,
        ),
      );
    }
  }
  return [...placed, ...placeChains(once)];
}

/** Pairs by the user who is absorbed; each user is absorbed once. */
function placeChains(once: ReadonlyMap<string, PairOfRun>): PlaceOfPair[] {
  // Pairs that go into a user who is absorbed later have to come before.
  const waitsFor = new Map<string, number>();
  for (const { survivor } of once.values()) {
    if (once.has(survivor)) waitsFor.set(survivor, (waitsFor.get(survivor) ?? 0) + 1);
  }
  const heights = new Map<string, number>();
  const ready = [...once.values()].filter(({ absorbed }) => !waitsFor.has(absorbed));
  const ordered: { pair: PairOfRun; height: number }[] = [];
  for (let pair = ready.pop(); pair !== undefined; pair = ready.pop()) {
    const height = heights.get(pair.absorbed) ?? 0;
    ordered.push({ pair, height });
    heights.set(pair.survivor, Math.max(heights.get(pair.survivor) ?? 0, height + 1));
    const left = (waitsFor.get(pair.survivor) ?? 0) - 1;
    waitsFor.set(pair.survivor, left);
    const next = once.get(pair.survivor);
    if (left === 0 && next !== undefined) ready.push(next);
  }
  const free = new Set(ordered.map(({ pair }) => pair.line));
  const circling = [...once.values()].filter(({ line }) => !free.has(line));
  return [...levelsOf(ordered), ...circling.map((pair) => circle(pair, once))];
}

/** One level for each height and each place among the pairs of that height that have one survivor. */
function levelsOf(
  ordered: readonly { readonly pair: PairOfRun; readonly height: number }[],
): PlaceOfPair[] {
  const sorted = [...ordered].sort((a, b) => a.height - b.height || a.pair.line - b.pair.line);
  const taken = new Map<string, number>();
  const ranked = sorted.map(({ pair, height }) => {
    const key = `${String(height)} ${pair.survivor}`;
    const rank = taken.get(key) ?? 0;
    taken.set(key, rank + 1);
    return { line: pair.line, height, rank };
  });
  ranked.sort((a, b) => a.height - b.height || a.rank - b.rank);
  let level = 0;
  let last = '';
  return ranked.map(({ line, height, rank }) => {
    const step = `${String(height)} ${String(rank)}`;
    if (step !== last) level += 1;
    last = step;
    return { line, level };
  });
}

/** A pair whose way leads round: what is left over once all others are ordered. */
function circle(pair: PairOfRun, once: ReadonlyMap<string, PairOfRun>): PlaceOfPair {
  const next = once.get(pair.survivor);
  return { line: pair.line, problem: 'cycle', other: next?.line ?? pair.line };
}
