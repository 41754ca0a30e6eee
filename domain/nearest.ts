/** The known name that `given` most likely means: at most two (long names: three) edits away. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const wanted = given.toLowerCase().slice(0, 80);
  const ranked = known
    .map((name) => ({ name, far: editDistance(wanted, name.toLowerCase()) }))
    .filter(({ name, far }) => far <= (name.length > 8 ? 3 : 2) && far < name.length / 2)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.name;
}

/**
 * The distance of a name from one that it may mean, both in normal form; `undefined` when it is not
 * near. Near is at most two edits, or one edit in three characters, or when one name is most of the
 * other.
 */
export function nameDistance(wanted: string, called: string): number | undefined {
  const distance = editDistance(wanted, called);
  // Two edits in four letters make another word: `rate` is not `name`.
  const most = called.length <= 4 ? 1 : Math.max(2, Math.floor(called.length / 3));
  if (distance <= most && distance < called.length) return distance;
  const [short, long] = wanted.length < called.length ? [wanted, called] : [called, wanted];
  // A name that is only half of the other is another word: `Nachname` is not `name`.
  const held = short.length >= 4 && short.length * 2 > long.length && long.includes(short);
  return held ? 8 + long.length - short.length : undefined;
}

/** Levenshtein's distance, where swapping two neighbours counts as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (!same && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? cost) + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
