/** People of a hundred who are expected to have a second account, before anything is known of this store. */
const EXPECTED_TWICE = 0.01;
/** How many pairs this expectation weighs as: a small store does not teach much. */
const EXPECTATION_PAIRS = 5;
const MAX_ROUNDS = 50;

/** How many compared pairs have evidence of so many bits. */
export class EvidenceCounts {
  readonly #pairs = new Map<number, number>();

  add(bits: number, pairs = 1): void {
    const at = Math.round(bits);
    this.#pairs.set(at, (this.#pairs.get(at) ?? 0) + pairs);
  }

  /** Expected number of pairs that are one person, where any two users are so with these odds. */
  expected(prior: number): number {
    let sum = 0;
    for (const [bits, pairs] of this.#pairs) sum += pairs / (1 + 2 ** -(bits + prior));
    return sum;
  }
}

/** The odds, in bits, that two users taken at random are one person, as expected of any store. */
export function expectedPrior(people: number): number {
  return oddsBits(EXPECTED_TWICE * people, people);
}

/** The highest odds that are believed: every person has one further account. */
export function highestPrior(people: number): number {
  return oddsBits(people, people);
}

/**
 * The same odds, learnt from what was compared (expectation and maximization of that one number): a store
 * that was imported twice has many pairs, one that was cleaned has few, and the same evidence means more in
 * the first. Pairs that were not compared count as different people.
 */
export function learntPrior(people: number, counts: EvidenceCounts): number {
  const start = EXPECTED_TWICE * Math.max(people, 2);
  let pairs = start;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const found = counts.expected(oddsBits(pairs, people));
    const next = (EXPECTATION_PAIRS + found) / (EXPECTATION_PAIRS / start + 1);
    const isSettled = Math.abs(next - pairs) < pairs / 1000;
    pairs = next;
    if (isSettled) break;
  }
  return Math.min(oddsBits(pairs, people), highestPrior(people));
}

/** The evidence that a pair needs for this score; the pair's score is rounded. */
export function bitsFor(score: number, prior: number): number {
  const least = score - 0.5;
  return least <= 0 ? -Infinity : Math.log2(least / (100 - least)) - prior;
}

/** How likely a pair with this evidence is one person, 0 to 100. */
export function scoreOf(bits: number, prior: number): number {
  return Math.round(100 / (1 + 2 ** -(bits + prior)));
}

function oddsBits(pairs: number, people: number): number {
  const all = Math.max(people, 2);
  return Math.log2(pairs / ((all * (all - 1)) / 2));
}
