/** The two builds: the older commit, and the build of this clone. */
export type Side = 'older' | 'this';

/** Seconds of one scenario of one round. */
export interface Timed {
  /** The whole command, from the start of its process to its end. */
  readonly command: number;
  /** The worker's part, from `createdAt` to `finishedAt` of the run. */
  readonly run: number;
}

/** One round of one build, by scenario. */
export type Round = Readonly<Record<string, Timed>>;

/** Two rounds, one of each build, one directly after the other. */
export interface Pair {
  readonly older: Round;
  readonly this: Round;
  /** Load average of the machine when the pair ended. */
  readonly load: number;
}

/** ABBA: each build goes first in every other pair, so that a drift of the machine favours neither. */
export function orderOf(pair: number): readonly [Side, Side] {
  return pair % 2 === 0 ? ['older', 'this'] : ['this', 'older'];
}

export interface Session {
  /** Pairs that are wanted. */
  readonly pairs: number;
  /** Pairs of an earlier call of the same command. */
  readonly before: readonly Pair[];
  /** Runs one round of one build. */
  readonly measure: (side: Side) => Promise<Round>;
  /** Called after each pair with all pairs so far. */
  readonly keep: (pairs: readonly Pair[]) => void;
  readonly load: () => number;
}

/**
 * Measures the pairs that are missing. What was stopped within a pair is measured again as a whole: the
 * two rounds of a pair have to be neighbours.
 */
export async function measurePairs(session: Session): Promise<readonly Pair[]> {
  const pairs = [...session.before];
  while (pairs.length < session.pairs) {
    const [first, second] = orderOf(pairs.length);
    const one = await session.measure(first);
    const two = await session.measure(second);
    const [older, mine] = first === 'older' ? [one, two] : [two, one];
    pairs.push({ older, this: mine, load: session.load() });
    session.keep(pairs);
  }
  return pairs;
}

/** More is worse: the time of this build over that of the older one. */
export const LIMIT = 1.03;
/** An interval that holds the true median more often than this. */
const COVERAGE = 0.9;

export interface Verdict {
  readonly scenario: string;
  readonly measure: keyof Timed;
  /** Medians, in seconds. */
  readonly older: number;
  readonly this: number;
  /** Of the pairs, from the smallest to the largest. */
  readonly ratios: readonly number[];
  readonly median: number;
  /** Where the true median is, 9 times in 10; null with fewer than five pairs. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly verdict: 'met' | 'worse' | 'undecided';
}

/** The verdict of every scenario and measure, in the order of the first pair. */
export function judge(pairs: readonly Pair[]): Verdict[] {
  const scenarios = Object.keys(pairs[0]?.older ?? {});
  return scenarios.flatMap((scenario) =>
    (['command', 'run'] as const).map((measure) => judgeOne(pairs, { scenario, measure })),
  );
}

function judgeOne(
  pairs: readonly Pair[],
  { scenario, measure }: Pick<Verdict, 'scenario' | 'measure'>,
): Verdict {
  const seconds = (side: Side): number[] =>
    pairs.map((pair) => pair[side][scenario]?.[measure] ?? Number.NaN);
  const [older, mine] = [seconds('older'), seconds('this')];
  const ratios = mine.map((took, i) => took / (older[i] ?? Number.NaN)).sort((a, b) => a - b);
  const median = medianOf(ratios);
  const interval = intervalOf(ratios);
  return {
    scenario,
    measure,
    older: medianOf(older),
    this: medianOf(mine),
    ratios,
    median,
    interval,
    verdict: verdictOf(median, interval),
  };
}

function verdictOf(median: number, interval: Verdict['interval']): Verdict['verdict'] {
  if (interval === null) return 'undecided';
  if (median <= LIMIT) return 'met';
  return interval[0] > LIMIT ? 'worse' : 'undecided';
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/**
 * The sign test's interval for the median: from the k-th smallest to the k-th largest value, with the
 * largest k that covers it often enough. It assumes nothing of how the values are spread.
 */
export function intervalOf(sorted: readonly number[]): Verdict['interval'] {
  const n = sorted.length;
  let [outside, ways, found] = [0, 1, 0];
  for (let k = 1; 2 * k <= n; k++) {
    // Both tails: fewer than k of n values on one side of the true median.
    outside += 2 * ways * 0.5 ** n;
    if (1 - outside < COVERAGE) break;
    found = k;
    ways = (ways * (n - k + 1)) / k;
  }
  const [low, high] = [sorted[found - 1], sorted[n - found]];
  return low === undefined || high === undefined ? null : [low, high];
}
