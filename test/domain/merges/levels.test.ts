import fc from 'fast-check';
import { placePairs, type PairOfRun, type PlaceOfPair } from '../../../domain/merges/levels';

/** Pairs written as `A>B` (A is absorbed by B), on lines from 1. */
function pairs(...written: string[]): PairOfRun[] {
  return written.map((pair, i) => {
    const [absorbed = '', survivor = ''] = pair.split('>');
    return { line: i + 1, absorbed, survivor };
  });
}

/** Line → level or problem. */
function placed(all: readonly PairOfRun[]): Record<number, number | string> {
  return Object.fromEntries(
    placePairs(all).map((p) => [
      p.line,
      'level' in p ? p.level : `${p.problem} ${String(p.other)}`,
    ]),
  );
}

test('pairs that share nobody are of one level', () => {
  expect(placed(pairs('A>B', 'C>D'))).toEqual({ 1: 1, 2: 1 });
});

test('a chain goes from its end, whatever the order of the lines', () => {
  expect(placed(pairs('B>C', 'C>D', 'A>B'))).toEqual({ 3: 1, 1: 2, 2: 3 });
});

test('several into one go one after the other', () => {
  expect(placed(pairs('A>S', 'B>S', 'C>S', 'X>Y'))).toEqual({ 1: 1, 2: 2, 3: 3, 4: 1 });
});

test('the same pair twice is one merge', () => {
  expect(placed(pairs('A>S', 'A>S'))).toEqual({ 1: 1, 2: 'same_pair 1' });
});

test('one user into two is a problem of all these lines, and of no other', () => {
  expect(placed(pairs('A>S', 'A>T', 'A>S', 'B>S'))).toEqual({
    1: 'two_survivors 2',
    2: 'two_survivors 1',
    3: 'two_survivors 2',
    4: 1,
  });
});

test('pairs round in a circle are problems, others that go into it are not', () => {
  expect(placed(pairs('A>B', 'B>A', 'X>Y'))).toEqual({ 1: 'cycle 2', 2: 'cycle 1', 3: 1 });
  expect(placed(pairs('A>B', 'B>C', 'C>A', 'X>A'))).toMatchObject({ 4: 1, 1: 'cycle 2' });
});

test('a chain of 100,000 is ordered', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => ({
    line: i + 1,
    absorbed: String(i),
    survivor: String(i + 1),
  }));

  expect(placePairs(chain).at(-1)).toEqual({ line: 100_000, level: 100_000 });
});

const user = fc.integer({ min: 0, max: 12 }).map(String);
const anyPairs = fc
  .array(fc.tuple(user, user), { maxLength: 20 })
  .map((all) =>
    all
      .filter(([a, b]) => a !== b)
      .map(([absorbed, survivor], i) => ({ line: i + 1, absorbed, survivor })),
  );

test('no level has a user twice, and nobody is in a pair after being absorbed', () => {
  fc.assert(
    fc.property(anyPairs, (all) => {
      const places = placePairs(all);
      const levels = places
        .filter((p): p is Extract<PlaceOfPair, { level: number }> => 'level' in p)
        .map((p) => ({ ...p, pair: all.find(({ line }) => line === p.line) }));

      expect(places.map(({ line }) => line).sort((a, b) => a - b)).toEqual(
        all.map(({ line }) => line),
      );
      const absorbedAt = new Map(levels.map(({ pair, level }) => [pair?.absorbed, level]));
      const seen = new Set<string>();
      for (const { level, pair } of levels) {
        for (const who of [pair?.survivor, pair?.absorbed]) {
          const key = `${String(level)} ${String(who)}`;
          expect(seen.has(key)).toBe(false);
          seen.add(key);
          expect(absorbedAt.get(who) ?? Infinity).toBeGreaterThanOrEqual(level);
        }
      }
    }),
  );
});
